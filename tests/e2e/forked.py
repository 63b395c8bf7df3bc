"""Commands of `identity-service`, each in a process forked from one that has imported them, which takes longest."""

import multiprocessing
import os
import runpy
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

COMMANDS = ["dev", "doctor", "migrate", "send_test", "serve"]
LONGEST_SECONDS = 60
_forked = multiprocessing.get_context("forkserver")
_forked.set_forkserver_preload([f"identity_service.cli.{name}" for name in COMMANDS])


def run_to_its_end(arguments: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path) -> int:
    """`identity-service ARGUMENTS` in that environment and folder, with all its words in `log`: its exit code."""
    process = _forked.Process(target=_become, args=(list(arguments), dict(environment), folder, log))
    process.start()
    process.join(LONGEST_SECONDS)
    if process.exitcode is None:
        process.kill()
        process.join()
    return int(process.exitcode)


def _become(arguments: list[str], environment: dict[str, str], folder: Path, log: Path) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    with log.open("wb") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    sys.argv = ["identity-service", *arguments]
    runpy.run_module("identity_service", run_name="__main__")
