"""Refusals of a shared store, remembered for a moment: a flood over a limit costs neither trips nor time."""

import time
from collections.abc import Callable, Sequence
from threading import Lock

from identity_service.identity.limits.windows import Take, Windows

REMEMBERED_SECONDS = 5.0
"""No longer, so that whoever empties the store is heard soon."""
MOST = 10_000


class RememberedRefusals:
    """Windows that refuse again by themselves what they have refused, at the same rates, until it is free.

    Repeats are always asked for: they are granted where the call that they repeat was.
    """

    def __init__(self, windows: Windows, now: Callable[[], float] = time.monotonic) -> None:
        self._windows = windows
        self._now = now
        self._lock = Lock()
        self._refused: dict[tuple[Take, ...], tuple[float, float]] = {}

    def take(self, takes: Sequence[Take], repeat: str | None = None) -> float | None:
        """Take one hit of each and return None, or take none and return the seconds until all are free."""
        if repeat is not None:
            return self._windows.take(takes, repeat)
        asked = tuple(takes)
        wait = self._remembered(asked)
        if wait is None:
            wait = self._windows.take(asked)
            if wait is not None:
                self._remember(asked, wait)
        return wait

    def _remembered(self, asked: tuple[Take, ...]) -> float | None:
        now = self._now()
        with self._lock:
            asked_anew_at, free_at = self._refused.get(asked, (0.0, 0.0))
            return free_at - now if now < asked_anew_at else None

    def _remember(self, asked: tuple[Take, ...], wait: float) -> None:
        now = self._now()
        with self._lock:
            if len(self._refused) >= MOST:
                self._refused.clear()
            self._refused[asked] = (now + min(wait, REMEMBERED_SECONDS), now + wait)
