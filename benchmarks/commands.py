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

START_SECONDS = 30
STOP_SECONDS = 30
_COMMAND = [sys.executable, "-m", "identity_service"]


@contextmanager
def running(command: str, settings: dict[str, str], folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """`identity-service COMMAND` with these settings and no others, in `folder`, until the block ends."""
    with (folder / f"{command}.log").open("ab") as log:
        process = start(command, settings, folder, log.fileno())
    try:
        yield process
    finally:
        stop(process)


def start(command: str, settings: dict[str, str], folder: Path, log: int) -> "subprocess.Popen[bytes]":
    """Start a command and do not wait for it."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("IDENTITY_")}
    given = {f"IDENTITY_{name}": value for name, value in settings.items()}
    return subprocess.Popen(
        [*_COMMAND, command], env=inherited | given, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
    )


def stop(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_for_port(address: str, process: "subprocess.Popen[bytes] | None" = None) -> None:
    """Return when somebody listens there. Raises `RuntimeError` when nobody does, or the process has died."""
    host, _, port = address.rpartition(":")
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > deadline or (process is not None and process.poll() is not None):
                raise RuntimeError(f"nobody listens at {address}") from None
            time.sleep(0.002)
