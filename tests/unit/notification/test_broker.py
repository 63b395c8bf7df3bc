import logging
import threading
import time
from collections.abc import Callable, Iterator
from importlib.resources import files
from uuid import uuid4

import dramatiq
import pytest
from dramatiq.brokers.redis import RedisBroker

from identity_service.notification.broker import (
    EMBEDDED,
    QUEUES,
    DramatiqHandOff,
    Due,
    EmbeddedBroker,
    open_broker,
)
from identity_service.notification.broker.waking import WakingRedisBroker
from tests.services.waiting import eventually, ever_within
from workers.runtime import RunningWorker, start_worker

TENANT = "default"
NOBODY_LISTENS_HERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def broker() -> EmbeddedBroker:
    broker = open_broker(EMBEDDED)
    assert isinstance(broker, EmbeddedBroker)
    return broker


@pytest.fixture
def work(broker: EmbeddedBroker) -> Iterator[Callable[[Callable[[str], None]], None]]:
    running: list[RunningWorker] = []

    def start(act: Callable[[str], None]) -> None:
        declare(broker, lambda tenant_id, notification_id: act(notification_id))
        running.append(start_worker(broker, QUEUES, threads=2))

    yield start
    for worker in running:
        worker.stop(timeout=5)


@pytest.mark.parametrize("queue", QUEUES)
def test_the_embedded_broker_carries_an_id_from_each_queue_to_the_actor(broker, work, queue):
    arrived: list[str] = []
    done = threading.Event()
    work(lambda notification_id: (arrived.append(notification_id), done.set())[0])
    notification_id = uuid4()
    DramatiqHandOff(broker).hand_off(Due(TENANT, notification_id, queue))
    assert done.wait(5)
    assert arrived == [str(notification_id)]


def test_a_worker_of_the_embedded_broker_watches_no_delay_queues(broker, work):
    work(lambda notification_id: None)
    names = {thread.queue_name for thread in threading.enumerate() if hasattr(thread, "queue_name")}
    assert names == set(QUEUES)


def test_an_idle_worker_stops_within_a_second(broker):
    declare(broker, lambda tenant_id, notification_id: None)

    def stop() -> float:
        worker = start_worker(broker, QUEUES, threads=4)
        started = time.monotonic()
        worker.stop(timeout=5)
        return time.monotonic() - started

    assert ever_within(1, stop)


def test_two_workers_on_one_broker_are_no_reason_for_a_warning(broker, caplog):
    declare(broker, lambda tenant_id, notification_id: None)
    for worker in [start_worker(broker, [queue], threads=1) for queue in QUEUES[:2]]:
        worker.stop(timeout=5)
    assert caplog.records == []


def test_an_address_in_an_actors_error_stays_out_of_the_log(broker, work, caplog):
    done = threading.Event()

    def fail(notification_id: str) -> None:
        done.set()
        raise OSError("550 no such user: ada@example.test")

    caplog.set_level(logging.WARNING, logger="dramatiq")
    work(fail)
    DramatiqHandOff(broker).hand_off(Due(TENANT, uuid4(), "high"))
    assert done.wait(5)
    logged = eventually(
        lambda: [record for record in caplog.records if "OSError" in record.getMessage()], "the log of the error"
    )
    assert "test_broker.py" in logged[0].getMessage()
    assert "ada@example.test" not in caplog.text


def test_the_embedded_broker_counts_what_it_sends(broker):
    counted: list[tuple[str, int]] = []
    hand_off = DramatiqHandOff(broker, count=lambda outcome, number: counted.append((outcome, number)))
    hand_off.hand_off(Due(TENANT, uuid4(), "normal"))
    assert hand_off.hand_off_many([Due(TENANT, uuid4(), "low"), Due(TENANT, uuid4(), "low")])
    assert counted == [("sent", 1), ("sent", 2)]


def test_an_unknown_queue_is_counted_and_not_raised(broker):
    counted: list[tuple[str, int]] = []
    DramatiqHandOff(broker, count=lambda *facts: counted.append(facts)).hand_off(Due(TENANT, uuid4(), "urgent"))
    assert counted == [("failed", 1)]


@pytest.mark.parametrize("url", ["", "amqp://localhost", "Embedded", "redis:6379"])
def test_a_broker_of_another_kind_is_refused_in_words(url):
    with pytest.raises(ValueError, match=r"embedded.*redis://"):
        open_broker(url)


def test_a_redis_that_is_down_delays_neither_the_start_nor_a_hand_off():
    counted: list[tuple[str, int]] = []

    def start_and_hand_off() -> float:
        started = time.monotonic()
        hand_off = DramatiqHandOff(open_broker(NOBODY_LISTENS_HERE), count=lambda *facts: counted.append(facts))
        for _ in range(200):
            hand_off.hand_off(Due(TENANT, uuid4(), "high"))
        taken = time.monotonic() - started
        hand_off.close()
        return taken

    assert ever_within(0.5, start_and_hand_off)
    assert [outcome for outcome, _ in counted if outcome == "failed"]


def test_a_batch_for_a_redis_that_is_down_is_reported_as_failed():
    hand_off = DramatiqHandOff(open_broker(NOBODY_LISTENS_HERE))
    assert not hand_off.hand_off_many([Due(TENANT, uuid4(), "high")])


def test_closing_while_redis_is_down_ends_soon_and_counts_what_is_left_to_the_relay():
    counted: list[tuple[str, int]] = []

    def close() -> float:
        counted.clear()
        hand_off = DramatiqHandOff(open_broker(NOBODY_LISTENS_HERE), count=lambda *facts: counted.append(facts))
        hand_off.hand_off(Due(TENANT, uuid4(), "high"))
        started = time.monotonic()
        hand_off.close(timeout=30)
        hand_off.hand_off(Due(TENANT, uuid4(), "high"))
        return time.monotonic() - started

    assert ever_within(1, close)
    assert [facts for facts in counted if facts[0] == "dropped"] == [("dropped", 1), ("dropped", 1)]


def test_the_redis_broker_refuses_delays_because_rows_keep_the_schedule():
    message = dramatiq.Message(queue_name="high", actor_name="deliver_high", args=("x",), kwargs={}, options={})
    with pytest.raises(ValueError, match="row"):
        open_broker(NOBODY_LISTENS_HERE).enqueue(message, delay=1000)


def test_dramatiq_still_has_what_the_redis_broker_is_built_on():
    """If this fails, Dramatiq has changed: read its brokers/redis.py against `WakingRedisBroker`."""
    script = (files("dramatiq.brokers") / "redis" / "dispatch.lua").read_text()
    for command in ("enqueue", "fetch", "ack", "nack", "requeue"):
        assert f'command == "{command}"' in script
    assert 'redis.call("lpop", queue_full_name)' in script
    assert 'redis.call("rpush", queue_full_name, message_id)' in script
    for overridden in ("consume", "declare_queue", "enqueue", "get_declared_delay_queues", "close"):
        assert callable(getattr(RedisBroker, overridden))
    broker = WakingRedisBroker(NOBODY_LISTENS_HERE)
    assert set(broker.scripts) >= {"dispatch"}
    assert broker.get_declared_delay_queues() == set()


def declare(broker: EmbeddedBroker, deliver: Callable[[str, str], None]) -> None:
    for queue in QUEUES:
        dramatiq.actor(deliver, actor_name=f"deliver_{queue}", queue_name=queue, broker=broker)
