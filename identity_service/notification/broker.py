"""The queue between a committed notification and the worker that delivers it: the one adapter that enqueues.

A message names a notification and holds nothing of it, and losing one is harmless: the row is the truth, and
the relay hands off again what nobody has claimed. A message that arrives twice costs one refused claim.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from queue import SimpleQueue
from threading import Event, Lock, Thread
from typing import Any, NamedTuple, Protocol, TypeAlias
from uuid import UUID

import dramatiq
import redis
import structlog
from dramatiq.broker import Consumer, MessageProxy
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker
from dramatiq.errors import ConnectionClosed, DecodeError
from redis.backoff import NoBackoff
from redis.retry import Retry

log = structlog.get_logger(__name__)

QUEUES = ("high", "normal", "low")
ACTOR = "deliver"  # its name goes on with the queue: deliver_high
EMBEDDED = "embedded"

CONNECT_TIMEOUT_SECONDS = 1.0
REPLY_TIMEOUT_SECONDS = 5.0
LONGEST_WAIT_SECONDS = 2.0  # below the reply time-out, and below the 60 s that make a worker count as dead
RECONNECT_SECONDS = (0.1, 0.2, 0.4, 0.8)
MAINTENANCE_PER_MILLION = 10_000  # an idle consumer looks for the remains of dead workers every minute or two

BATCH_SIZE = 100
WAITING_LIMIT = 10_000
RETRY_SECONDS = 0.25
PATIENCE_SECONDS = 5.0


class Due(NamedTuple):
    """A notification to hand off, and the queue it belongs to."""

    tenant_id: str
    notification_id: UUID
    queue: str


class HandOff(Protocol):
    """Tells the workers that a committed notification is due."""

    def hand_off(self, tenant_id: str, notification_id: UUID, queue: str) -> None:
        """Put the id into `queue` (`high`, `normal` or `low`). Returns at once and never raises."""

    def hand_off_many(self, batch: Sequence[Due]) -> bool:
        """Put all ids into their queues, in one round trip and before returning. Never raises.

        False if the broker failed; some of them may have arrived all the same.
        """


class EmbeddedBroker(StubBroker):
    """Queues in the memory of this process, for one process that both serves and delivers."""

    def __init__(self) -> None:
        super().__init__(middleware=[])

    def get_declared_queues(self) -> set[str]:
        """Without delay queues: when a mail is due is written in its row, so no worker need watch them."""
        return set(self.queues) - self.delay_queues

    def get_declared_delay_queues(self) -> set[str]:
        return set()

    def enqueue_many(self, messages: Iterable[dramatiq.Message[Any]]) -> None:
        for message in messages:
            self.enqueue(message)


class WakingRedisBroker(RedisBroker):
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

    def enqueue(self, message: dramatiq.Message[Any], *, delay: int | None = None) -> dramatiq.Message[Any]:
        if delay is not None:
            raise ValueError("There are no delay queues: when a notification is due is written in its row.")
        return super().enqueue(message)

    def enqueue_many(self, messages: Sequence[dramatiq.Message[Any]]) -> None:
        """Enqueue all in one round trip. On an error any part of them may have been enqueued."""
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


Broker: TypeAlias = WakingRedisBroker | EmbeddedBroker


def open_broker(url: str) -> Broker:
    """The broker for `embedded` or a Redis URL; ValueError for any other. Connects at its first use only."""
    broker: Broker = EmbeddedBroker() if url == EMBEDDED else WakingRedisBroker(url)
    for queue in QUEUES:
        broker.declare_queue(queue)
    return broker


class WakingConsumer(Consumer):
    """Takes messages from one queue of a `WakingRedisBroker`.

    At an empty queue it blocks in `BLMOVE queue queue LEFT LEFT`, which puts the first id back where it was:
    it changes nothing, returns as soon as there is an id, and leaves the taking to Dramatiq's script. Only a
    consumer with room blocks there, so that none spins on an id that it cannot take; one without room waits
    for an acknowledgement. While Redis is away it tries again by itself: Dramatiq's restart would take 3 s.
    """

    def __init__(self, broker: WakingRedisBroker, queue_name: str, prefetch: int, idle_seconds: float):
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


class _Waiting(NamedTuple):
    due: Due
    since: float


class DramatiqHandOff:
    """Hands notifications off through a broker.

    With Redis, `hand_off` leaves the id to a thread that sends all waiting ids in one round trip, so the
    caller feels neither a slow Redis nor a dead one. Ids wait out an outage of `PATIENCE_SECONDS`; the relay
    sees to longer ones. `count(outcome, number)` hears of ids `sent`, attempts `failed` and ids `dropped`.
    """

    def __init__(
        self,
        broker: Broker,
        count: Callable[[str, int], None] = lambda outcome, number: None,
    ) -> None:
        self._broker = broker
        self._count = count
        self._waiting: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._sender: Thread | None = None
        self._starting = Lock()
        self._closing = Event()
        self._failing = False

    def hand_off(self, tenant_id: str, notification_id: UUID, queue: str) -> None:
        due = Due(tenant_id, notification_id, queue)
        if isinstance(self._broker, EmbeddedBroker):
            self.hand_off_many([due])
        elif self._waiting.qsize() >= WAITING_LIMIT or self._closing.is_set():
            self._count("dropped", 1)
        else:
            self._waiting.put(_Waiting(due, time.monotonic()))
            self._start()

    def hand_off_many(self, batch: Sequence[Due]) -> bool:
        try:
            self._broker.enqueue_many([_message(due) for due in batch])
        except Exception as error:
            self._count("failed", len(batch))
            if not self._failing:  # one line per outage: the others would say the same
                log.warning("hand_off_failed", error=type(error).__name__, notifications=len(batch))
            self._failing = True
            return False
        self._failing = False
        self._count("sent", len(batch))
        return True

    def close(self, timeout: float = 2.0) -> None:
        """Send what still waits, for at most `timeout` seconds."""
        self._closing.set()
        self._waiting.put(None)  # wakes the sender
        if self._sender is not None:
            self._sender.join(timeout)

    def _start(self) -> None:
        with self._starting:
            if self._sender is None:
                self._sender = Thread(target=self._send_waiting, name="hand-off", daemon=True)
                self._sender.start()

    def _send_waiting(self) -> None:
        while not (self._closing.is_set() and self._waiting.empty()):
            batch = self._next_batch()
            while batch and not self.hand_off_many([waiting.due for waiting in batch]):
                self._closing.wait(RETRY_SECONDS)
                batch = self._still_worth_trying(batch)

    def _next_batch(self) -> list[_Waiting]:
        """Wait for one id, and take those that are waiting with it."""
        taken = [self._waiting.get()]
        taken += [self._waiting.get() for _ in range(min(self._waiting.qsize(), BATCH_SIZE - 1))]
        return [waiting for waiting in taken if waiting is not None]

    def _still_worth_trying(self, batch: list[_Waiting]) -> list[_Waiting]:
        oldest = time.monotonic() - (0 if self._closing.is_set() else PATIENCE_SECONDS)
        kept = [waiting for waiting in batch if waiting.since > oldest]
        if len(kept) < len(batch):
            self._count("dropped", len(batch) - len(kept))
        return kept


def _message(due: Due) -> dramatiq.Message[Any]:
    args = (due.tenant_id, str(due.notification_id))
    return dramatiq.Message(due.queue, f"{ACTOR}_{due.queue}", args, kwargs={}, options={})
