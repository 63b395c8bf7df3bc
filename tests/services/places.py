"""Where the servers of a test run keep their data: folders that name their run, for later runs to sweep."""

import os
import random
import re
import shutil
import socket
import tempfile
from contextlib import suppress
from pathlib import Path

PREFIX = "identity-test-"
DISK = Path("/tmp")  # and not the system's own choice: on some it is too long for a socket's path
MEMORY = Path("/dev/shm")
PORTS = (20_000, 32_768)
ENOUGH_MEMORY = 1_500_000_000


def new_folder(name: str, *, may_be_lost: bool = False) -> Path:
    """A folder of this run, in memory if it may be lost and there is room."""
    _sweep()
    base = MEMORY if may_be_lost and _roomy(MEMORY) else DISK
    return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-{name}-", dir=base))


def free_port() -> int:
    """A loopback port that nobody listens on now, below those that the system gives to whoever asks for any."""
    while True:
        port = random.randrange(*PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _roomy(place: Path) -> bool:
    return os.access(place, os.W_OK) and shutil.disk_usage(place).free > ENOUGH_MEMORY


def _sweep() -> None:
    """Remove what runs that were killed have left."""
    for folder in [*DISK.glob(f"{PREFIX}*"), *MEMORY.glob(f"{PREFIX}*")]:
        owner = re.match(rf"{PREFIX}(\d+)-", folder.name)
        if owner and not _alive(int(owner[1])):
            shutil.rmtree(folder, ignore_errors=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
