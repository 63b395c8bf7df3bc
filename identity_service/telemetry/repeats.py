"""Log lines that would say the same for as long as something lasts."""

import time
from collections.abc import Callable, MutableMapping
from threading import Lock
from typing import Any

import structlog


class Repeats:
    """Lets one entry of `event`, `reason` and `error` through in `seconds`; it tells how many were left out since.

    While a database is away every look of the relay and every call fails alike, some of them many times a second.
    """

    def __init__(self, event: str, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._event = event
        self._seconds = seconds
        self._now = now
        self._lock = Lock()
        self._last: dict[Any, float] = {}
        self._left_out: dict[Any, int] = {}

    def __call__(self, _logger: Any, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        if entry.get("event") != self._event:
            return entry
        news = entry.get("reason"), entry.get("error")
        with self._lock:
            if self._now() < self._last.get(news, float("-inf")) + self._seconds:
                self._left_out[news] = self._left_out.get(news, 0) + 1
                raise structlog.DropEvent
            self._last[news] = self._now()
            left_out = self._left_out.pop(news, 0)
        if left_out:
            entry["left_out"] = left_out
        return entry
