"""Whether the Redis of the broker and that of the rate limits answer, and keep what they are given."""

from collections.abc import Iterator

import redis

from identity_service.notification.broker import EMBEDDED
from identity_service.notification.senders import Finding, Level
from identity_service.settings import Settings

OLDEST_REDIS = (6, 2)
STORE_TIMEOUT_SECONDS = 3


def broker(configuration: Settings) -> Iterator[Finding]:
    url = configuration.broker_url.get_secret_value()
    if url == EMBEDDED:
        yield Finding(Level.OK, "embedded: the serving processes deliver by themselves")
        return
    yield from _redis("IDENTITY_BROKER_URL", url)
    if url == configuration.limits_url.get_secret_value():
        yield Finding(
            Level.WARNING,
            "shares its database with the rate limits",
            "give IDENTITY_LIMITS_URL another database number",
        )


def limits(configuration: Settings) -> Iterator[Finding]:
    url = configuration.limits_url.get_secret_value()
    if configuration.rate_limits == "off":
        yield Finding(Level.WARNING, "rate limits are off", "set IDENTITY_RATE_LIMITS=on, except for load tests")
    elif url:
        yield from _redis("IDENTITY_LIMITS_URL", url)
    elif configuration.grpc_processes > 1:
        yield Finding(
            Level.WARNING,
            f"counted by each of {configuration.grpc_processes} processes for itself",
            "set IDENTITY_LIMITS_URL, so that they share one count",
        )
    else:
        yield Finding(Level.OK, "counted in the process")


def _redis(setting: str, url: str) -> Iterator[Finding]:
    try:
        client = redis.Redis.from_url(
            url, socket_timeout=STORE_TIMEOUT_SECONDS, socket_connect_timeout=STORE_TIMEOUT_SECONDS
        )
        info = client.info()
    except (redis.RedisError, ValueError) as error:
        yield Finding(
            Level.PROBLEM,
            f"Redis cannot be used: {_why(error)}",
            f"check {setting} and the server, which has to be Redis 6.2 or newer",
        )
        return
    version = str(info["redis_version"])
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_REDIS:
        yield Finding(Level.PROBLEM, f"Redis {version} is too old", "6.2 or newer is needed")
    yield Finding(Level.OK, f"Redis {version} answers")
    policy = str(info.get("maxmemory_policy", "unknown"))
    if policy != "noeviction":
        yield Finding(
            Level.WARNING,
            f"Redis evicts keys when it is full ({policy})",
            "set maxmemory-policy noeviction: what is evicted from the queues is delivered late, by the relay",
        )


def _why(error: redis.RedisError | ValueError) -> str:
    """In words of ours, or of the operating system. Others may quote the password.

    A server that does not know HELLO repeats what came with it, and a ValueError the URL.
    """
    if isinstance(error, redis.AuthenticationError):
        return "it refuses the user or the password"
    if isinstance(error, redis.ResponseError):
        return f"it refuses HELLO or INFO ({type(error).__name__})"
    if isinstance(error, redis.ConnectionError | redis.TimeoutError):
        return str(error)
    return type(error).__name__
