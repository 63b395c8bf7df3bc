"""How a process leaves the cores to others."""

import os
import time
from contextlib import suppress
from pathlib import Path

LESS_URGENT = 10
"""On the scale of nice(1), where 0 is what all else has."""

_SESSION = Path("/proc/self/autogroup")
_TRIES = 10
_PAUSE_SECONDS = 0.1
"""Linux lets one session in so long be changed, on the whole machine, unless root asks."""


def give_way() -> None:
    """Take, where cores are scarce, what is left. A process that leads a session is alone in it: all of it gives way.

    Linux shares cores out among sessions first (sched(7), "The autogroup feature"), and heeds how nice a process is
    only within its own. So the session is made nice too, or PostgreSQL and Redis would wait as if for an equal. A
    session that somebody else leads is left as it is: others are in it, who did not ask for less.
    """
    os.nice(LESS_URGENT)
    if os.getsid(0) == os.getpid():
        _make_session_nice()


def _make_session_nice() -> None:
    with suppress(OSError), _SESSION.open("wb", buffering=0) as session:  # a system without such groups
        for _ in range(_TRIES):
            if session.write(str(LESS_URGENT).encode()) is not None:  # None: not now (EAGAIN)
                return
            time.sleep(_PAUSE_SECONDS)
