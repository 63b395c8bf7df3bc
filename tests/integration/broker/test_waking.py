"""Workers that wait are woken by Redis, and leave it in peace."""

import threading
import time
from statistics import median

from identity_service.notification.broker.waking import WakingRedisBroker
from tests.services.waiting import eventually
from tests.services.worker_group import LIST, due, some_due, wait_until_blocked
from workers import runtime

NEVER_SECONDS = 30
"""How long what nobody releases is held: longer than any wait for what is to happen meanwhile."""


def test_an_idle_worker_is_woken_by_an_id(group, hand_off, monkeypatch):
    monkeypatch.setattr(runtime, "IDLE_MILLISECONDS", 1000)  # by so much is late who looks for himself
    group.start()
    waits = []
    for number in range(1, 6):
        group.rest()
        handed_off = time.perf_counter()
        hand_off.hand_off(due())
        group.wait_for(number)
        waits.append(group.arrived[-1][1] - handed_off)
    assert median(waits) < 0.5


def test_waiting_changes_nothing_in_a_queue_that_others_fill(redis_url, client):
    consumer = WakingRedisBroker(redis_url).consume("high", prefetch=1, timeout=2000)
    waiting = threading.Thread(target=consumer._block)
    waiting.start()
    wait_until_blocked(redis_url, 1)
    client.rpush(LIST, "a", "b", "c")
    waiting.join(NEVER_SECONDS)
    assert client.lrange(LIST, 0, -1) == ["a", "b", "c"]


def test_idle_workers_ask_redis_only_a_few_times_a_second(group, client):
    group.start(workers=3)
    group.rest()
    assert commands_a_second(client) < 60


def test_workers_without_room_leave_redis_in_peace_while_ids_wait(group, hand_off, client):
    release = threading.Event()
    group.act = lambda notification_id: release.wait(NEVER_SECONDS)
    group.start(workers=2)
    assert hand_off.hand_off_many(some_due(20))
    wait_until_left(client, 20 - 2 * 2)
    asked = commands_a_second(client)
    release.set()
    group.wait_for(20)
    assert asked < 60


def test_a_worker_without_room_goes_on_as_soon_as_one_mail_is_done(group, hand_off):
    group.start()
    assert hand_off.hand_off_many(some_due(50))
    group.wait_for(50)
    assert group.arrived[-1][1] - group.arrived[0][1] < 3  # looking for room now and then takes twice as long


def test_a_worker_busy_with_long_mails_is_not_taken_for_dead(group, hand_off, client):
    release = threading.Event()
    group.act = lambda notification_id: release.wait(2 * NEVER_SECONDS)
    group.start()
    assert hand_off.hand_off_many(some_due(5))
    wait_until_left(client, 5 - 2)
    before = heartbeats(client)
    eventually(lambda: heartbeats(client) != before, "a heartbeat of a worker without room")
    assert len(group.ids) == 1
    release.set()


def wait_until_left(client, number):
    """Wait until the workers have taken as much as they have room for: a thread's work, and as much again."""
    eventually(lambda: client.llen(LIST) == number, f"{number} ids left in the queue")


def commands_a_second(client):
    def asked():
        return client.info("stats")["total_commands_processed"], time.monotonic()

    before, begun = asked()
    time.sleep(1)
    after, ended = asked()
    return (after - before) / (ended - begun)


def heartbeats(client):
    return dict(client.zrange("dramatiq:__heartbeats__", 0, -1, withscores=True))
