"""Server processes of a test run, none of which outlives it.

Run as a script, this file becomes the server: it takes the server's user, asks the kernel for a signal at its
parent's death, and replaces itself by the command.
"""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1


def start_child(
    command: Sequence[str | Path],
    *,
    log: Path,
    user: int | None = None,
    at_parents_death: signal.Signals,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a server that gets a signal when the thread that called this ends, whatever ends it."""
    launcher = [
        sys.executable,
        "-I",
        "-S",
        __file__,
        str(os.getpid()),
        str(user or 0),
        str(int(at_parents_death)),
    ]
    with log.open("ab") as output:
        return subprocess.Popen(
            [*launcher, *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd="/",
            env=environment,
        )


def become(parent: int, user: int, at_parents_death: int, command: list[str]) -> None:
    if user:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, at_parents_death)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a test run in the background of a shell ignores it
    if os.getppid() == parent:
        os.execv(command[0], command)


if __name__ == "__main__":
    become(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
