"""Resident memory of a process and of those it has started. Linux only: it reads /proc."""

from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True)
class Resident:
    """A process, what it was started for, and its resident memory in MiB."""

    pid: int
    mebibytes: float


def of_family(pid: int) -> list[Resident]:
    """The process and its descendants, in the order they were started; nothing where there is no /proc."""
    if not PROC.joinpath(str(pid)).exists():
        return []
    children = sorted(int(child) for child in (PROC / f"{pid}/task/{pid}/children").read_text().split())
    return [Resident(pid, _resident(pid)), *(member for child in children for member in of_family(child))]


def _resident(pid: int) -> float:
    for line in (PROC / f"{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0
