"""What Linux tells about processes. Elsewhere there is nothing to tell."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
ESTABLISHED, LISTENING = "01", "0A"


def family(pid: int) -> list[int]:
    """The process and its descendants, in the order they were started."""
    with suppress(OSError):
        children = sorted(map(int, (PROC / f"{pid}/task/{pid}/children").read_text().split()))
        return [pid, *(member for child in children for member in family(child))]
    return []


def resident_mebibytes(pid: int) -> float:
    """Its resident memory."""
    for line in (PROC / f"{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def sockets_of(pid: int) -> set[str]:
    """The inodes of its sockets."""
    return {link[len("socket:[") : -1] for link in _links(PROC / f"{pid}/fd") if link.startswith("socket:[")}


def sockets_at(port: int, state: str) -> set[str]:
    """The inodes of the TCP sockets that are bound to that port, and listen or are connected."""
    return set(_sockets_at(port, state))


def busy_seconds() -> float:
    """What all CPUs together have worked since the machine started."""
    user, nice, system, _idle, _waiting, *rest = map(int, (PROC / "stat").read_text().split("\n")[0].split()[1:8])
    return (user + nice + system + sum(rest)) / os.sysconf("SC_CLK_TCK")


def _sockets_at(port: int, state: str) -> Iterator[str]:
    for table in (PROC / "net/tcp", PROC / "net/tcp6"):
        with suppress(OSError):
            for line in table.read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == state and int(fields[1].rpartition(":")[2], 16) == port:
                    yield fields[9]


def _links(folder: Path) -> Iterator[str]:
    with suppress(OSError):
        for handle in folder.iterdir():
            with suppress(OSError):  # closed meanwhile
                yield str(handle.readlink())
