"""How a process leaves the cores to others."""

import os
from contextlib import suppress
from pathlib import Path

LESS_URGENT = 10
"""On the scale of nice(1), where 0 is what all else has."""

_SESSION = Path("/proc/self/autogroup")


def give_way() -> None:
    """Take, where cores are scarce, what is left. For a process that is alone in its session: all of that gives way.

    Linux shares cores out among sessions first (sched(7), "The autogroup feature"), and heeds how nice a process is
    only within its own. So the session is made nice too, or PostgreSQL and Redis would wait as if for an equal.
    """
    os.nice(LESS_URGENT)
    with suppress(OSError):  # a system without such groups
        _SESSION.write_text(str(LESS_URGENT))
