"""Waiting for what other threads and processes do, and for how long."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def eventually(look: Callable[[], Found], what: str, *, timeout: float = 30, interval: float = 0.02) -> Found:
    """What `look` finds as soon as it is true; AssertionError naming `what` if it never is."""
    deadline = time.monotonic() + timeout
    while not (found := look()):
        assert time.monotonic() < deadline, f"not within {timeout:g} s: {what}"
        time.sleep(interval)
    return found


def ever_within(seconds: float, measured: Callable[[], float], tries: int = 5) -> bool:
    """Whether `measured` says at least once that it took less: a busy machine slows some, a wrong wait slows all."""
    return any(measured() < seconds for _ in range(tries))
