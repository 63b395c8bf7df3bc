"""Hand-offs by a thread of their own, so that no caller waits for the broker."""

import time
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Event, Lock, Thread
from typing import Any, NamedTuple

import dramatiq
import structlog

from identity_service.notification.broker.base import Broker
from identity_service.notification.broker.embedded import EmbeddedBroker
from identity_service.notification.broker.hand_off import Due
from identity_service.notification.broker.names import Task

log = structlog.get_logger(__name__)

BATCH_SIZE = 100
WAITING_LIMIT = 10_000
FULL = 10_000
"""Messages in a queue, a few megabytes, above which nothing is put into it once more."""
REST_SECONDS = 0.003
"""Between two round trips. Whatever comes alone is sent at once; of many, those that come meanwhile share the next."""
RETRY_SECONDS = 0.25
PATIENCE_SECONDS = 5.0


class _Waiting(NamedTuple):
    due: Due
    since: float


class DramatiqHandOff:
    """Hands off through a broker what is due.

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

    def hand_off(self, due: Due) -> None:
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

    def hand_off_again(self, batch: Sequence[Due]) -> bool:
        full = {queue for queue in {due.queue for due in batch} if self._is_full(queue)}
        wanted = [due for due in batch if due.queue not in full]
        return not wanted or self.hand_off_many(wanted)

    def _is_full(self, queue: str) -> bool:
        try:
            return self._broker.length(queue) >= FULL
        except Exception:
            return False  # handing off fails as well then, and says so

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
            time.sleep(REST_SECONDS)

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
    lane = (due.wake,) if due.task is Task.DELIVER_MESSAGE else ()
    args = (due.tenant_id, str(due.id), *lane)
    return dramatiq.Message(due.queue, f"{due.task}_{due.queue}", args, kwargs={}, options={})
