"""Processes for the tests of the supervisor. What they do they write into a file."""

import os
import signal
import sys
import time
from pathlib import Path

from identity_service.cli.failures import EX_CONFIG
from identity_service.cli.processes import ChildProcess, RestartPolicy, supervise
from identity_service.cli.signals import stop_requested
from identity_service.settings import SettingsRefused

FAST = RestartPolicy(first_seconds=0.05, longest_seconds=0.2, good_run_seconds=5)


def note(path: str, what: str) -> None:
    with Path(path).open("a") as journal:
        journal.write(f"{what} {os.getpid()}\n")


def obedient(path: str) -> None:
    stop = stop_requested()
    note(path, "started")
    stop.wait()
    note(path, "stopped")


def outspoken(path: str) -> None:
    note(path, os.environ["GRPC_VERBOSITY"])


def modest(path: str) -> None:
    obedient(path)


def stubborn(path: str) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: note(path, "asked"))
    note(path, "started")
    while True:
        time.sleep(60)


def crashing(path: str) -> None:
    note(path, "started")
    sys.exit(3)


def misconfigured(path: str) -> None:
    note(path, "started")
    sys.exit(EX_CONFIG)


def refused(path: str) -> None:
    note(path, "started")
    raise SettingsRefused("IDENTITY_BRAND_NAME: we do not like it")


def main() -> None:
    """`python -m tests.unit.cli.crew JOURNAL STOP_SECONDS TARGET…`"""
    journal, stop_seconds, *names = sys.argv[1:]
    children = [ChildProcess(name, globals()[name], (journal,), gives_way=name == "modest") for name in names]
    sys.exit(supervise(children, stop_seconds=float(stop_seconds), restarts=FAST))


if __name__ == "__main__":
    from tests.unit.cli import crew

    crew.main()
