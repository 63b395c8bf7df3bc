import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from statistics import median
from uuid import uuid4

import dramatiq
import pytest
import redis
from dramatiq.brokers.redis import RedisBroker

from identity_service.notification.broker import (
    DramatiqHandOff,
    Due,
    open_broker,
    sending,
)
from identity_service.notification.broker.waking import WakingRedisBroker
from tests.services.redis import RedisServer
from workers.runtime import RunningWorker, start_worker

LIST = "dramatiq:high"
ACTOR = "deliver_high"
TENANT = "default"


class Group:
    """Workers on one Redis, each with its own broker as in a process of its own, and what they were given."""

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
        time.sleep(0.1)  # long enough for all of them to have found nothing and to be waiting

    def stop(self, timeout: float = 5) -> None:
        stops = [threading.Thread(target=worker.stop, args=(timeout,)) for worker in self._running]
        for stop in stops:
            stop.start()
        for stop in stops:
            stop.join()
        self._running.clear()

    def wait_for(self, number: int, timeout: float = 10) -> None:
        wait_until(lambda: len(self.arrived) >= number, timeout)

    def _deliver(self, tenant_id: str, notification_id: str) -> None:
        self.arrived.append((notification_id, time.perf_counter()))
        self.act(notification_id)


@pytest.fixture
def group(redis_url: str) -> Iterator[Group]:
    group = Group(redis_url)
    yield group
    group.stop()


@pytest.fixture
def own_group(own_redis: RedisServer) -> Iterator[Group]:
    group = Group(own_redis.url())
    yield group
    own_redis.thaw()
    group.stop()


@pytest.fixture
def client(redis_url: str) -> Iterator["redis.Redis"]:
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        yield client


@pytest.fixture
def hand_off(redis_url: str) -> Iterator[DramatiqHandOff]:
    hand_off = DramatiqHandOff(open_broker(redis_url))
    yield hand_off
    hand_off.close()


def test_an_idle_worker_starts_on_an_id_within_milliseconds(group, hand_off):
    group.start()
    waits = []
    for number in range(1, 16):
        time.sleep(0.1)  # in which a polling worker would have backed off
        handed_off = time.perf_counter()
        hand_off.hand_off(Due(TENANT, uuid4(), "high"))
        group.wait_for(number)
        waits.append(group.arrived[-1][1] - handed_off)
    assert median(waits) < 0.02


def test_many_waiting_workers_get_each_id_once_and_lose_none(group, hand_off):
    ids = [uuid4() for _ in range(600)]
    group.start(workers=4, threads=2)
    for notification_id in ids:
        hand_off.hand_off(Due(TENANT, notification_id, "high"))
        time.sleep(0.0005)
    group.wait_for(len(ids))
    assert Counter(group.ids) == Counter(map(str, ids))


def test_a_single_thread_takes_ids_in_the_order_of_their_hand_off(group, hand_off):
    ids = [uuid4() for _ in range(200)]
    group.start()
    for notification_id in ids:
        hand_off.hand_off(Due(TENANT, notification_id, "high"))
    group.wait_for(len(ids))
    assert group.ids == list(map(str, ids))


def test_waiting_changes_nothing_in_a_queue_that_others_fill(redis_url, client):
    consumer = WakingRedisBroker(redis_url).consume("high", prefetch=1, timeout=2000)
    waiting = threading.Thread(target=consumer._block)
    waiting.start()
    time.sleep(0.05)
    client.rpush(LIST, "a", "b", "c")
    waiting.join(2)
    assert client.lrange(LIST, 0, -1) == ["a", "b", "c"]


def test_idle_workers_ask_redis_only_a_few_times_a_second(group, client):
    group.start(workers=3)
    assert commands_within(1.0, client) < 60


def test_workers_without_room_leave_redis_in_peace_while_ids_wait(group, hand_off, client):
    release = threading.Event()
    group.act = lambda notification_id: release.wait(10)
    group.start(workers=2)
    assert hand_off.hand_off_many([Due(TENANT, uuid4(), "high") for _ in range(20)])
    group.wait_for(2)
    time.sleep(0.1)
    asked = commands_within(1.0, client)
    release.set()
    group.wait_for(20)
    assert asked < 60


def test_a_worker_without_room_goes_on_as_soon_as_one_mail_is_done(group, hand_off):
    group.start()
    assert hand_off.hand_off_many([Due(TENANT, uuid4(), "high") for _ in range(50)])
    group.wait_for(50)
    assert group.arrived[-1][1] - group.arrived[0][1] < 0.5


def test_a_worker_busy_with_long_mails_is_not_taken_for_dead(group, hand_off, client):
    release = threading.Event()
    group.act = lambda notification_id: release.wait(10)
    group.start()
    assert hand_off.hand_off_many([Due(TENANT, uuid4(), "high") for _ in range(5)])
    group.wait_for(1)
    time.sleep(0.4)
    before = heartbeats(client)
    time.sleep(0.6)
    after = heartbeats(client)
    release.set()
    assert any(after[worker] > before[worker] for worker in before)


def test_a_waiting_worker_stops_within_a_second(group):
    group.start(threads=4)
    started = time.monotonic()
    group.stop()
    assert time.monotonic() - started < 1


def test_a_worker_that_stops_gives_back_what_it_has_not_begun(group, hand_off, client):
    release = threading.Event()
    group.act = lambda notification_id: release.wait(10)
    group.start(threads=2)
    assert hand_off.hand_off_many([Due(TENANT, uuid4(), "high") for _ in range(10)])
    group.wait_for(2)
    threading.Timer(0.2, release.set).start()
    group.stop()
    assert len(group.ids) + client.llen(LIST) == 10
    group.start()
    group.wait_for(10)
    assert len(set(group.ids)) == 10


def test_a_batch_is_one_round_trip(hand_off, client):
    hand_off.hand_off_many([Due(TENANT, uuid4(), "low")])
    client.config_resetstat()
    assert hand_off.hand_off_many([Due(TENANT, uuid4(), "low") for _ in range(50)])
    commands = client.info("commandstats")
    assert commands["cmdstat_evalsha"]["calls"] == 50
    assert "cmdstat_script|exists" not in commands
    assert client.llen("dramatiq:low") == 51


def test_a_redis_that_has_forgotten_its_scripts_is_taught_them_again(group, hand_off, client):
    group.start()
    hand_off.hand_off(Due(TENANT, uuid4(), "high"))
    group.wait_for(1)
    client.script_flush()
    hand_off.hand_off(Due(TENANT, uuid4(), "high"))
    group.wait_for(2)
    client.script_flush()
    assert hand_off.hand_off_many([Due(TENANT, uuid4(), "high")])
    group.wait_for(3)


def test_ids_go_between_this_broker_and_dramatiqs_own(redis_url):
    own, theirs = open_broker(redis_url), RedisBroker(url=redis_url, middleware=[])
    own.enqueue(message("to-theirs"))
    assert next(theirs.consume("high")).args == ("to-theirs",)
    theirs.enqueue(message("to-ours"))
    assert next(own.consume("high")).args == ("to-ours",)


def test_redis_holds_ids_and_no_more(hand_off, client):
    notification_id = uuid4()
    assert hand_off.hand_off_many([Due(TENANT, notification_id, "high")])
    (stored,) = client.hvals(f"{LIST}.msgs")
    content = dramatiq.Message.decode(stored.encode())
    assert (content.args, content.kwargs) == ((TENANT, str(notification_id)), {})
    assert set(content.options) == {"redis_message_id"}


def test_nothing_stays_in_redis_once_it_is_done(group, hand_off, client):
    group.start(threads=4)
    assert hand_off.hand_off_many([Due(TENANT, uuid4(), "high") for _ in range(50)])
    group.wait_for(50)
    group.stop()
    assert client.keys("dramatiq:*") == ["dramatiq:__heartbeats__"]


def test_a_message_that_is_no_message_stops_nothing(group, hand_off, client):
    client.hset(f"{LIST}.msgs", "broken", "not json")
    client.rpush(LIST, "broken", "without-content")
    group.start()
    hand_off.hand_off(Due(TENANT, uuid4(), "high"))
    group.wait_for(1, timeout=2)


def test_a_killed_redis_is_found_again_at_once_with_what_it_held(own_redis, own_group):
    own_group.start(threads=2)
    hand_off = DramatiqHandOff(open_broker(own_redis.url()))
    own_redis.kill()
    time.sleep(0.3)
    own_redis.start()
    returned = time.perf_counter()
    assert hand_off.hand_off_many([Due(TENANT, uuid4(), "high")])
    own_group.wait_for(1)
    assert own_group.arrived[0][1] - returned < 1.5


def test_a_redis_that_comes_back_empty_is_worked_on_as_before(own_redis, own_group):
    own_group.start(threads=2)
    own_redis.restart(empty=True)
    hand_off = DramatiqHandOff(open_broker(own_redis.url()))
    assert hand_off.hand_off_many([Due(TENANT, uuid4(), "high") for _ in range(5)])
    own_group.wait_for(5, timeout=3)


def test_an_id_handed_off_during_a_short_outage_goes_when_redis_is_back(own_redis, own_group):
    own_group.start()
    hand_off = DramatiqHandOff(open_broker(own_redis.url()))
    own_redis.kill()
    started = time.perf_counter()
    hand_off.hand_off(Due(TENANT, uuid4(), "high"))
    assert time.perf_counter() - started < 0.05
    time.sleep(0.5)
    own_redis.start()
    own_group.wait_for(1, timeout=3)
    hand_off.close()


def test_a_redis_that_answers_nothing_holds_up_no_caller(own_redis):
    hand_off = DramatiqHandOff(open_broker(own_redis.url()))
    assert hand_off.hand_off_many([Due(TENANT, uuid4(), "high")])
    own_redis.freeze()
    started = time.perf_counter()
    for _ in range(100):
        hand_off.hand_off(Due(TENANT, uuid4(), "high"))
    assert time.perf_counter() - started < 0.1
    own_redis.thaw()
    client = own_redis.client()
    wait_until(lambda: client.llen(LIST) == 101)
    hand_off.close()


def test_a_mail_done_while_redis_is_away_is_acknowledged_later_and_holds_up_no_worker(own_redis, own_group):
    release = threading.Event()
    own_group.act = lambda notification_id: release.wait(10)
    own_group.start()
    hand_off = DramatiqHandOff(open_broker(own_redis.url()))
    assert hand_off.hand_off_many([Due(TENANT, uuid4(), "high"), Due(TENANT, uuid4(), "high")])
    own_group.wait_for(1)
    own_redis.kill()
    release.set()
    own_group.wait_for(2, timeout=2)
    own_redis.start()
    client = own_redis.client()
    wait_until(lambda: client.hlen(f"{LIST}.msgs") == 0)
    assert client.keys("dramatiq:__acks__*") == []


def test_a_worker_stops_soon_while_redis_is_away(own_redis, own_group):
    own_group.start(threads=2)
    own_redis.kill()
    time.sleep(0.3)
    started = time.monotonic()
    own_group.stop()
    assert time.monotonic() - started < 2


def test_the_ids_of_a_dead_worker_go_to_another(redis_url, client, group, hand_off):
    dead = WakingRedisBroker(redis_url)
    assert hand_off.hand_off_many([Due(TENANT, uuid4(), "high")])
    assert next(dead.consume("high", prefetch=1, timeout=50))
    client.zadd("dramatiq:__heartbeats__", {dead.broker_id: 0})
    heir = WakingRedisBroker(redis_url)
    heir.maintenance_chance = 1_000_000
    consumer = heir.consume("high", prefetch=1, timeout=50)
    assert next(message for message in consumer if message is not None)


def message(argument: str) -> "dramatiq.Message[None]":
    return dramatiq.Message(queue_name="high", actor_name=ACTOR, args=(argument,), kwargs={}, options={})


def commands_within(seconds: float, client: "redis.Redis") -> int:
    before = client.info("stats")["total_commands_processed"]
    time.sleep(seconds)
    return int(client.info("stats")["total_commands_processed"]) - int(before)


def heartbeats(client: "redis.Redis") -> dict[str, float]:
    return dict(client.zrange("dramatiq:__heartbeats__", 0, -1, withscores=True))


def wait_until(condition: Callable[[], bool], timeout: float = 10) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.002)


def test_a_repeated_hand_off_adds_nothing_to_a_full_queue(redis_url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sending, "FULL", 2)
    broker = open_broker(redis_url)
    hand_off = DramatiqHandOff(broker)
    urgent, other = Due(TENANT, uuid4(), "high"), Due(TENANT, uuid4(), "low")
    for _ in range(4):
        assert hand_off.hand_off_again([urgent])
    assert hand_off.hand_off_again([urgent, other])
    assert (broker.length("high"), broker.length("low")) == (2, 1)
