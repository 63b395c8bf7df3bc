"""Granted hits, remembered in the memory of one process."""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock

from identity_service.identity.limits.windows import REPEAT_SECONDS, Take

_MOST_LOCAL_SUBJECTS = 100_000  # about 30 MB


class LocalWindows:
    """Windows in the memory of this process.

    It keeps at most `most` subjects per period and drops the idlest beyond. (The memory storage of `limits`
    never forgets a subject, so that its memory grows for as long as the process runs.)
    """

    def __init__(self, now: Callable[[], float] = time.monotonic, *, most: int = _MOST_LOCAL_SUBJECTS) -> None:
        self._now = now
        self._most = most
        self._lock = Lock()
        self._by_period: dict[int, OrderedDict[str, list[float]]] = {}

    def take(self, takes: Sequence[Take], repeat: str | None = None) -> float | None:
        """Take one of each and return None, or take none and return the seconds until all are free."""
        with self._lock:
            now = self._now()
            if repeat and repeat in self._fresh(REPEAT_SECONDS, now):
                return None
            waits = [self._wait(take, now) for take in takes]
            if any(waits):
                return max(waits)
            for take in takes:
                self._push(take.key, take.rate.seconds, now)
            if repeat:
                self._push(repeat, REPEAT_SECONDS, now)
            return None

    def _wait(self, take: Take, now: float) -> float:
        """The seconds until one is free; 0 when one is."""
        windows, seconds = self._fresh(take.rate.seconds, now), take.rate.seconds
        granted = [at for at in windows.get(take.key, ()) if at > now - seconds]
        if granted:
            windows[take.key] = granted
        return granted[-take.rate.amount] + seconds - now if len(granted) >= take.rate.amount else 0.0

    def _push(self, key: str, seconds: int, now: float) -> None:
        windows = self._by_period[seconds]
        windows.setdefault(key, []).append(now)
        windows.move_to_end(key)

    def _fresh(self, seconds: int, now: float) -> OrderedDict[str, list[float]]:
        """The windows of one period, those that have run out forgotten."""
        windows = self._by_period.setdefault(seconds, OrderedDict())
        self._forget(windows, now - seconds)
        return windows

    def _forget(self, windows: OrderedDict[str, list[float]], until: float) -> None:
        # Ordered by the last granted hit, so what has run out is in front.
        while windows:
            oldest = next(iter(windows))
            if windows[oldest][-1] > until and len(windows) <= self._most:
                return
            del windows[oldest]
