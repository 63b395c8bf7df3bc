"""Granted hits, remembered in a shared store while that answers.

While it is away each process counts for itself, so that the limits are then never open, and never closed for everyone.
"""

import time
from collections.abc import Callable, Sequence
from threading import Lock

import structlog

from identity_service.identity.limits.windows import StoreAway, Take, Windows

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
_log = structlog.get_logger(__name__)


class FallbackWindows:
    """Shared windows while their store answers, local ones while it does not.

    After a failure the store is left alone for a second, then twice as long each time it fails again, up to
    half a minute; one call at a time tries it, the others count locally meanwhile.
    """

    def __init__(self, shared: Windows, local: Windows, now: Callable[[], float] = time.monotonic) -> None:
        self._shared = shared
        self._local = local
        self._now = now
        self._lock = Lock()
        self._pause = 0.0
        self._resume_at = 0.0

    def take(self, takes: Sequence[Take], repeat: str | None = None) -> float | None:
        """Take one of each and return None, or take none and return the seconds until all are free."""
        pause = self._pause
        if pause and not self._may_probe():
            return self._local.take(takes, repeat)
        try:
            wait = self._shared.take(takes, repeat)
        except StoreAway as error:
            self._failed(pause, error)
            return self._local.take(takes, repeat)
        if pause:
            self._recovered()
        return wait

    def _may_probe(self) -> bool:
        with self._lock:
            if self._now() < self._resume_at:
                return False
            self._resume_at = self._now() + self._pause  # the other calls wait for the outcome of this one
            return True

    def _failed(self, pause: float, error: StoreAway) -> None:
        with self._lock:
            if pause != self._pause:
                return  # a call that began at the same time has said so already
            self._pause = min(pause * 2, _LONGEST_PAUSE) or _FIRST_PAUSE
            self._resume_at = self._now() + self._pause
        if not pause:
            _log.warning("limit_store_unavailable", error=str(error))

    def _recovered(self) -> None:
        with self._lock:
            self._pause = 0.0
        _log.info("limit_store_available")
