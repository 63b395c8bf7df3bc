"""Workers on one Redis, and what they are given."""

import threading
import time
from collections.abc import Callable
from uuid import uuid4

import dramatiq
import redis

from identity_service.notification.broker import Due, open_broker
from tests.services.waiting import eventually
from workers.runtime import RunningWorker, start_worker

LIST = "dramatiq:high"
ACTOR = "deliver_high"
TENANT = "default"


def due(queue: str = "high") -> Due:
    return Due(TENANT, uuid4(), queue)


def some_due(number: int, queue: str = "high") -> list[Due]:
    return [due(queue) for _ in range(number)]


class Group:
    """Each worker has its own broker, as in a process of its own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._running: list[RunningWorker] = []
        self.arrived: list[tuple[str, float]] = []
        self.act: Callable[[str], object] = lambda notification_id: None

    @property
    def ids(self) -> list[str]:
        return [notification_id for notification_id, _ in self.arrived]

    def start(self, workers: int = 1, *, threads: int = 1) -> None:
        for _ in range(workers):
            broker = open_broker(self._url)
            dramatiq.actor(self._deliver, actor_name=ACTOR, queue_name="high", broker=broker)
            self._running.append(start_worker(broker, ["high"], threads))

    def rest(self) -> None:
        """Wait until all of them have found nothing and wait in Redis."""
        wait_until_blocked(self._url, len(self._running))

    def stop(self, timeout: float = 30) -> None:
        stops = [threading.Thread(target=worker.stop, args=(timeout,)) for worker in self._running]
        for stop in stops:
            stop.start()
        for stop in stops:
            stop.join()
        self._running.clear()

    def wait_for(self, number: int) -> None:
        eventually(lambda: len(self.arrived) >= number, f"{number} ids arrived", interval=0.002)

    def _deliver(self, tenant_id: str, notification_id: str) -> None:
        self.arrived.append((notification_id, time.perf_counter()))
        self.act(notification_id)


def wait_until_blocked(url: str, number: int) -> None:
    """Wait until so many clients wait in Redis for something to come into a queue."""
    with redis.Redis.from_url(url, decode_responses=True) as client:
        database = str(client.get_connection_kwargs()["db"])
        eventually(
            lambda: sum(one["db"] == database and "b" in one["flags"] for one in client.client_list()) >= number,
            f"{number} clients that wait",
            interval=0.002,
        )
