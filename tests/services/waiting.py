"""Waiting for what other threads and processes do, and for how long."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")
LONGEST_PAUSE = 0.25


def eventually(look: Callable[[], Found], what: str, *, timeout: float = 30, interval: float = 0.02) -> Found:
    """What `look` finds as soon as it is true; AssertionError naming `what` if it never is.

    It looks less often the longer it takes: each look takes the processor from what is waited for.
    """
    started = time.monotonic()
    while not (found := look()):
        waited = time.monotonic() - started
        assert waited < timeout, f"not within {timeout:g} s: {what}"
        time.sleep(max(interval, min(waited / 10, LONGEST_PAUSE)))
    return found


def ever_within(seconds: float, measured: Callable[[], float], tries: int = 5) -> bool:
    """Whether `measured` says at least once that it took less: a busy machine slows some, a wrong wait slows all."""
    return any(measured() < seconds for _ in range(tries))
