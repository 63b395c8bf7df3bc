"""Where granted hits are remembered: in this process, in Redis, or in both by turns.

Several servers share one count in Redis. While Redis is away each process counts for itself, so that the
limits are then never open, and never closed for everyone.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock

import structlog
from limits import RateLimitItemPerSecond
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis import ConnectionPool, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from identity_service.identity.limits.limiter import Take, Windows

_MOST_LOCAL_SUBJECTS = 100_000  # about 30 MB
_STORE_TIMEOUT = 0.25  # seconds, for connecting and for answering
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
_log = structlog.get_logger(__name__)

REPEAT_SECONDS = 600
"""How long a granted call that is repeated is granted again. What it did is kept for longer, by `calls/once.py`."""

_TAKE_TOGETHER = b"""
local now, repeat_seconds = tonumber(ARGV[1]), ARGV[2]
local takes = (#ARGV - 2) / 2
local marker = KEYS[takes + 1]
if marker and redis.call('exists', marker) == 1 then
    return false
end
local longest = false
for i = 1, takes do
    local amount, seconds = tonumber(ARGV[2 * i + 1]), tonumber(ARGV[2 * i + 2])
    local oldest = tonumber(redis.call('lindex', KEYS[i], amount - 1) or '')
    if oldest and oldest >= now - seconds then
        longest = math.max(longest or 0, oldest + seconds - now)
    end
end
if longest then
    return tostring(longest)
end
for i = 1, takes do
    redis.call('lpush', KEYS[i], ARGV[1])
    redis.call('ltrim', KEYS[i], 0, ARGV[2 * i + 1] - 1)
    redis.call('expire', KEYS[i], ARGV[2 * i + 2])
end
if marker then
    redis.call('set', marker, '', 'EX', repeat_seconds)
end
return false
"""


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


class RedisWindows:
    """Windows in Redis, kept by `limits`: one round trip for a granted hit, two for a refused one.

    Several hits at once, and those that may be repeated, are taken by a script of ours from the same lists, in one.
    """

    def __init__(self, url: str) -> None:
        """Connects at the first hit. Does not wait long or retry: a slow store must not slow every call."""
        pool = ConnectionPool.from_url(
            url,
            socket_timeout=_STORE_TIMEOUT,
            socket_connect_timeout=_STORE_TIMEOUT,
            retry=Retry(NoBackoff(), 0),
        )
        self._storage = RedisStorage(url, connection_pool=pool, key_prefix="identity")
        self._strategy = MovingWindowRateLimiter(self._storage)
        self._take_together = self._storage.get_connection().register_script(_TAKE_TOGETHER)

    def take(self, takes: Sequence[Take], repeat: str | None = None) -> float | None:
        """Take one of each and return None, or take none and return the seconds until all are free.

        Raises `RedisError`.
        """
        if len(takes) > 1 or repeat:
            return self._taken_together(takes, repeat)
        item, key = _item(takes[0]), takes[0].key
        if self._strategy.hit(item, key):
            return None
        return self._strategy.get_window_stats(item, key).reset_time - time.time()

    def _taken_together(self, takes: Sequence[Take], repeat: str | None) -> float | None:
        keys = [self._storage.prefixed_key(_item(take).key_for(take.key)) for take in takes]
        rates = [number for take in takes for number in (take.rate.amount, take.rate.seconds)]
        marker = [self._storage.prefixed_key(repeat)] if repeat else []
        wait = self._take_together([*keys, *marker], [time.time(), REPEAT_SECONDS, *rates])
        return float(wait) if wait is not None else None


def _item(take: Take) -> RateLimitItemPerSecond:
    return RateLimitItemPerSecond(take.rate.amount, take.rate.seconds, namespace="limit")


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
        except RedisError as error:
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
