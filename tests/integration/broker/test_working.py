"""Workers take each id once and in order, are stopped soon by those who ask, and lose none."""

import threading
import time
from collections import Counter
from uuid import uuid4

from identity_service.notification.broker import Due
from identity_service.notification.broker.waking import WakingRedisBroker
from tests.services.waiting import ever_within
from tests.services.worker_group import LIST, TENANT, due, some_due


def test_many_waiting_workers_get_each_id_once_and_lose_none(group, hand_off):
    ids = [uuid4() for _ in range(600)]
    group.start(workers=4, threads=2)
    group.rest()
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


def test_a_waiting_worker_stops_within_a_second(group):
    def stop() -> float:
        group.start(threads=4)
        group.rest()
        started = time.monotonic()
        group.stop()
        return time.monotonic() - started

    assert ever_within(1, stop)


def test_a_worker_that_stops_gives_back_what_it_has_not_begun(group, hand_off, client):
    release = threading.Event()
    group.act = lambda notification_id: release.wait(10)
    group.start(threads=2)
    assert hand_off.hand_off_many(some_due(10))
    group.wait_for(2)
    threading.Timer(0.2, release.set).start()
    group.stop()
    assert len(group.ids) + client.llen(LIST) == 10
    group.start()
    group.wait_for(10)
    assert len(set(group.ids)) == 10


def test_nothing_stays_in_redis_once_it_is_done(group, hand_off, client):
    group.start(threads=4)
    assert hand_off.hand_off_many(some_due(50))
    group.wait_for(50)
    group.stop()
    assert client.keys("dramatiq:*") == ["dramatiq:__heartbeats__"]


def test_a_message_that_is_no_message_stops_nothing(group, hand_off, client):
    client.hset(f"{LIST}.msgs", "broken", "not json")
    client.rpush(LIST, "broken", "without-content")
    group.start()
    hand_off.hand_off(due())
    group.wait_for(1)


def test_the_ids_of_a_dead_worker_go_to_another(redis_url, client, hand_off):
    dead = WakingRedisBroker(redis_url)
    assert hand_off.hand_off_many([due()])
    assert next(dead.consume("high", prefetch=1, timeout=50))
    client.zadd("dramatiq:__heartbeats__", {dead.broker_id: 0})
    heir = WakingRedisBroker(redis_url)
    heir.maintenance_chance = 1_000_000
    consumer = heir.consume("high", prefetch=1, timeout=50)
    assert next(message for message in consumer if message is not None)
