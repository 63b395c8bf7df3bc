"""Where granted hits are remembered: in this process, in Redis, or in both by turns.

Several servers share one count in Redis. While Redis is away each process counts for itself, so that the
limits are then never open, and never closed for everyone.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

import structlog
from limits import RateLimitItemPerSecond
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis import ConnectionPool, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from identity_service.identity.limits import Rate, Windows

_MOST_LOCAL_SUBJECTS = 100_000  # about 30 MB
_STORE_TIMEOUT = 0.25  # seconds, for connecting and for answering
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
_log = structlog.get_logger(__name__)


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

    def take(self, key: str, rate: Rate) -> float | None:
        """Take one and return None, or take nothing and return the seconds until one is free."""
        with self._lock:
            now = self._now()
            windows = self._by_period.setdefault(rate.seconds, OrderedDict())
            self._forget(windows, now - rate.seconds)
            granted = [at for at in windows.get(key, ()) if at > now - rate.seconds]
            if len(granted) >= rate.amount:
                return granted[-rate.amount] + rate.seconds - now
            windows[key] = [*granted, now]
            windows.move_to_end(key)
            return None

    def _forget(self, windows: OrderedDict[str, list[float]], until: float) -> None:
        # Ordered by the last granted hit, so what has run out is in front.
        while windows:
            oldest = next(iter(windows))
            if windows[oldest][-1] > until and len(windows) <= self._most:
                return
            del windows[oldest]


class RedisWindows:
    """Windows in Redis, kept by `limits`: one round trip for a granted hit, two for a refused one."""

    def __init__(self, url: str) -> None:
        """Connects at the first hit. Does not wait long or retry: a slow store must not slow every call."""
        pool = ConnectionPool.from_url(
            url,
            socket_timeout=_STORE_TIMEOUT,
            socket_connect_timeout=_STORE_TIMEOUT,
            retry=Retry(NoBackoff(), 0),
        )
        self._strategy = MovingWindowRateLimiter(RedisStorage(url, connection_pool=pool, key_prefix="identity"))

    def take(self, key: str, rate: Rate) -> float | None:
        """Take one and return None, or return the seconds until one is free. Raises `RedisError`."""
        item = RateLimitItemPerSecond(rate.amount, rate.seconds, namespace="limit")
        if self._strategy.hit(item, key):
            return None
        return self._strategy.get_window_stats(item, key).reset_time - time.time()


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

    def take(self, key: str, rate: Rate) -> float | None:
        """Take one and return None, or take nothing and return the seconds until one is free."""
        pause = self._pause
        if pause and not self._may_probe():
            return self._local.take(key, rate)
        try:
            wait = self._shared.take(key, rate)
        except RedisError as error:
            self._failed(pause, error)
            return self._local.take(key, rate)
        if pause:
            self._recovered()
        return wait

    def _may_probe(self) -> bool:
        with self._lock:
            if self._now() < self._resume_at:
                return False
            self._resume_at = self._now() + self._pause  # the other calls wait for the outcome of this one
            return True

    def _failed(self, pause: float, error: RedisError) -> None:
        with self._lock:
            if pause != self._pause:
                return  # a call that began at the same time has said so already
            self._pause = min(pause * 2, _LONGEST_PAUSE) or _FIRST_PAUSE
            self._resume_at = self._now() + self._pause
        if not pause:
            _log.warning("limit_store_unavailable", error=type(error).__name__)

    def _recovered(self) -> None:
        with self._lock:
            self._pause = 0.0
        _log.info("limit_store_available")
