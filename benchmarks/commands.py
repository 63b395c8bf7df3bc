"""The service as an operator starts it: `identity-service` commands in processes of their own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.proc import family

START_SECONDS = 60
STOP_SECONDS = 30
POLL_SECONDS = 0.002
_COMMAND = [sys.executable, "-m", "identity_service"]


class Command:
    """`identity-service COMMAND` with these settings and no others, started in `folder`."""

    def __init__(self, command: str, settings: dict[str, str], folder: Path) -> None:
        self._log = folder / f"{command}.log"
        self._name = command
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("IDENTITY_")}
        given = {f"IDENTITY_{name}": value for name, value in settings.items()}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*_COMMAND, command],
                env=inherited | given,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.pid = self._process.pid

    def wait_until_it_listens(self, address: str) -> None:
        """Raises `RuntimeError`, with the end of the log, when nobody listens there in time."""
        host, _, port = address.rpartition(":")
        deadline = time.monotonic() + START_SECONDS
        while not _listens(host, int(port)):
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError(f"{self._name} does not listen at {address}:\n{self._log.read_text()[-2000:]}")
            time.sleep(POLL_SECONDS)

    def processes(self) -> list[int]:
        """The command's process and those it has started, in that order."""
        return family(self.pid)

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextmanager
def running(command: str, settings: dict[str, str], folder: Path) -> Iterator[Command]:
    """A command that runs until the block ends."""
    started = Command(command, settings, folder)
    try:
        yield started
    finally:
        started.stop()


def _listens(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True
