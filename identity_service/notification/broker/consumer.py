"""Taking messages from Redis as soon as they are there."""

import time
from collections import deque
from collections.abc import Iterable
from threading import Event

import dramatiq
import redis
import structlog
from dramatiq.broker import Consumer, MessageProxy
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import ConnectionClosed, DecodeError

log = structlog.get_logger(__name__)

LONGEST_WAIT_SECONDS = 2.0  # below the reply time-out, and below the 60 s that make a worker count as dead
RECONNECT_SECONDS = (0.1, 0.2, 0.4, 0.8)


class WakingConsumer(Consumer):
    """Takes messages from one queue of a `WakingRedisBroker`.

    At an empty queue it blocks in `BLMOVE queue queue LEFT LEFT`, which puts the first id back where it was:
    it changes nothing, returns as soon as there is an id, and leaves the taking to Dramatiq's script. Only a
    consumer with room blocks there, so that none spins on an id that it cannot take; one without room waits
    for an acknowledgement. While Redis is away it tries again by itself: Dramatiq's restart would take 3 s.
    """

    def __init__(self, broker: RedisBroker, queue_name: str, prefetch: int, idle_seconds: float):
        self._broker = broker
        self._queue_name = queue_name
        self._list = f"{broker.namespace}:{queue_name}"
        self._prefetch = prefetch
        self._refill_at = prefetch * 3 // 4
        self._idle_seconds = min(max(idle_seconds, 0.01), LONGEST_WAIT_SECONDS)
        self._fetched: deque[bytes | None] = deque()
        self._in_work: set[str] = set()
        self._unsettled: deque[tuple[str, str]] = deque()
        self._room = Event()
        self._failures = 0

    def __next__(self) -> MessageProxy | None:
        try:
            if not self._fetched:
                self._fetch_or_wait()
            self._recovered()
        except redis.RedisError as error:
            self._wait_for_redis(error)
        return self._take() if self._fetched else None

    def _fetch_or_wait(self) -> None:
        self._settle_late()
        self._room.clear()
        room = self._prefetch - len(self._in_work)
        if room <= 0:
            self._wait_for_room()
            return
        self._fetched.extend(self._broker.do_fetch(self._queue_name, room))
        if not self._fetched:
            self._block()

    def _block(self) -> None:
        """Return when the queue has a message, or nothing came for a while."""
        queue = self._list
        self._broker.client.execute_command("BLMOVE", queue, queue, "LEFT", "LEFT", self._idle_seconds)

    def _wait_for_room(self) -> None:
        if not self._room.wait(self._idle_seconds):
            self._broker.do_fetch(self._queue_name, 0)  # a heartbeat, or this worker would count as dead

    def _take(self) -> MessageProxy | None:
        data = self._fetched.popleft()
        try:
            message = dramatiq.Message.decode(data or b"")
            self._in_work.add(message.options["redis_message_id"])
        except (DecodeError, KeyError):
            log.warning("broker_message_unreadable", queue=self._queue_name)
            return None
        return MessageProxy(message)

    def ack(self, message: MessageProxy) -> None:
        self._settle("ack", message)

    def nack(self, message: MessageProxy) -> None:
        self._settle("nack", message)

    def _settle(self, verdict: str, message: MessageProxy) -> None:
        """Tell Redis that a message is done; if it is away, later. Called by worker threads."""
        redis_id = message.options["redis_message_id"]
        try:
            self._tell(verdict, redis_id)
        except redis.RedisError:
            self._unsettled.append((verdict, redis_id))
        finally:
            self._in_work.discard(redis_id)
            if len(self._in_work) <= self._refill_at:
                self._room.set()

    def _settle_late(self) -> None:
        while self._unsettled:
            self._tell(*self._unsettled[0])
            self._unsettled.popleft()

    def _tell(self, verdict: str, redis_id: str) -> None:
        getattr(self._broker, f"do_{verdict}")(self._queue_name, redis_id)

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        ids = [message.options["redis_message_id"] for message in messages]
        try:
            if ids:
                self._broker.do_requeue(self._queue_name, *ids)
        except redis.RedisError as error:
            raise ConnectionClosed(error) from None  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """Give back what was fetched and not yet taken."""
        messages = [self._take() for _ in range(len(self._fetched))]
        self.requeue([message for message in messages if message is not None])

    def _wait_for_redis(self, error: redis.RedisError) -> None:
        if self._failures == 0:
            log.warning("broker_unreachable", queue=self._queue_name, error=type(error).__name__)
        self._failures += 1
        time.sleep(RECONNECT_SECONDS[: self._failures][-1])

    def _recovered(self) -> None:
        if self._failures:
            log.info("broker_reachable_again", queue=self._queue_name)
            self._failures = 0
