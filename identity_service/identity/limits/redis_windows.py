"""Granted hits, remembered in Redis, where several servers share one count."""

import time
from collections.abc import Sequence

from limits import RateLimitItemPerSecond
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis import ConnectionPool, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from identity_service.identity.limits.windows import REPEAT_SECONDS, StoreAway, Take

_STORE_TIMEOUT = 0.25  # seconds, for connecting and for answering

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

        Raises `StoreAway`.
        """
        try:
            return self._taken_together(takes, repeat) if len(takes) > 1 or repeat else self._taken(takes[0])
        except RedisError as error:
            raise StoreAway(type(error).__name__) from error

    def _taken(self, take: Take) -> float | None:
        item, key = _item(take), take.key
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
