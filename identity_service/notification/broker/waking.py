"""Dramatiq's queues in Redis, with consumers that are woken."""

from collections.abc import Sequence
from copy import copy
from typing import Any

import dramatiq
import redis
from dramatiq.broker import Consumer
from dramatiq.brokers.redis import RedisBroker
from redis.backoff import NoBackoff
from redis.retry import Retry

from identity_service.notification.broker.base import Broker
from identity_service.notification.broker.consumer import WakingConsumer

CONNECT_TIMEOUT_SECONDS = 1.0
REPLY_TIMEOUT_SECONDS = 5.0
MAINTENANCE_PER_MILLION = 10_000  # an idle consumer looks for the remains of dead workers every minute or two


class WakingRedisBroker(RedisBroker, Broker):
    """Dramatiq's Redis broker, except that idle consumers wait in Redis instead of polling it.

    Needs Redis 6.2 or newer. Has no delay queues, for the reason `EmbeddedBroker` gives.
    """

    def __init__(self, url: str) -> None:
        super().__init__(  # type: ignore[no-untyped-call]
            client=_client(url), middleware=[], maintenance_chance=MAINTENANCE_PER_MILLION
        )

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Consumer:
        return WakingConsumer(self, queue_name, prefetch, timeout / 1000)

    def declare_queue(self, queue_name: str) -> None:
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues.add(queue_name)
            self.emit_after("declare_queue", queue_name)

    def length(self, queue_name: str) -> int:
        return int(self.client.llen(f"{self.namespace}:{queue_name}"))

    def enqueue(self, message: dramatiq.Message[Any], *, delay: int | None = None) -> dramatiq.Message[Any]:
        if delay is not None:
            raise ValueError("There are no delay queues: when a notification is due is written in its row.")
        return super().enqueue(message)

    def enqueue_many(self, messages: Sequence[dramatiq.Message[Any]]) -> None:
        try:
            self._enqueue_in_one_trip(messages)
        except redis.exceptions.NoScriptError:
            self.client.script_load(self.scripts["dispatch"].script)
            self._enqueue_in_one_trip(messages)

    def _enqueue_in_one_trip(self, messages: Sequence[dramatiq.Message[Any]]) -> None:
        script = self.scripts["dispatch"]
        with self.client.pipeline(transaction=False) as pipe:
            piped = copy(self)  # enqueues as this one does, but into the pipeline
            piped.scripts = self.scripts | {
                "dispatch": lambda keys, args: pipe.evalsha(script.sha, len(keys), *keys, *args)
            }
            for message in messages:
                piped.enqueue(message)
            pipe.execute()

    def close(self) -> None:
        self.client.close()


def _client(url: str) -> "redis.Redis":
    if not url.startswith(("redis://", "rediss://")):
        raise ValueError("The broker must be `embedded` or a URL that starts with redis:// or rediss://.")
    return redis.Redis.from_url(
        url,
        socket_connect_timeout=CONNECT_TIMEOUT_SECONDS,
        socket_timeout=REPLY_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
    )
