"""Redis is killed, empty, frozen or away: callers feel nothing of it, and workers go on by themselves."""

import threading
import time

from identity_service.notification.broker import sending
from identity_service.notification.broker.waking import REPLY_TIMEOUT_SECONDS
from tests.services.waiting import eventually, ever_within
from tests.services.worker_group import LIST, due, some_due


def test_a_killed_redis_is_found_again_at_once_with_what_it_held(own_redis, own_group, own_hand_off):
    own_group.start(threads=2)
    own_group.rest()

    def outage() -> float:
        before = len(own_group.ids)
        own_redis.kill()
        time.sleep(0.3)
        own_redis.start()
        returned = time.perf_counter()
        assert own_hand_off.hand_off_many([due()])
        own_group.wait_for(before + 1)
        return own_group.arrived[-1][1] - returned

    assert ever_within(1.5, outage)


def test_a_redis_that_comes_back_empty_is_worked_on_as_before(own_redis, own_group, own_hand_off):
    own_group.start(threads=2)
    own_group.rest()
    own_redis.restart(empty=True)
    assert own_hand_off.hand_off_many(some_due(5))
    own_group.wait_for(5)


def test_an_id_handed_off_during_a_short_outage_goes_when_redis_is_back(
    own_redis, own_group, own_hand_off, monkeypatch
):
    monkeypatch.setattr(sending, "PATIENCE_SECONDS", 60)
    own_group.start()
    own_redis.kill()
    assert min(seconds_to_hand_off(own_hand_off) for _ in range(5)) < 0.05
    time.sleep(0.5)
    own_redis.start()
    own_group.wait_for(5)


def test_a_redis_that_answers_nothing_holds_up_no_caller(own_redis, own_hand_off):
    assert own_hand_off.hand_off_many([due()])
    own_redis.freeze()
    assert sum(seconds_to_hand_off(own_hand_off) for _ in range(100)) < REPLY_TIMEOUT_SECONDS
    own_redis.thaw()
    client = own_redis.client()
    eventually(lambda: client.llen(LIST) == 101, "all ids in the queue")


def test_a_mail_done_while_redis_is_away_is_acknowledged_later_and_holds_up_no_worker(
    own_redis, own_group, own_hand_off
):
    release = threading.Event()
    own_group.act = lambda notification_id: release.wait(30)
    own_group.start()
    client = own_redis.client()
    assert own_hand_off.hand_off_many(some_due(2))
    eventually(lambda: client.llen(LIST) == 0, "both ids taken")
    own_redis.kill()
    release.set()
    own_group.wait_for(2)
    own_redis.start()
    eventually(lambda: client.hlen(f"{LIST}.msgs") == 0, "the acknowledgements")
    assert client.keys("dramatiq:__acks__*") == []


def test_a_worker_stops_soon_while_redis_is_away(own_redis, own_group):
    def stop() -> float:
        own_redis.start_again()
        own_group.start(threads=2)
        own_group.rest()
        own_redis.kill()
        time.sleep(0.3)
        started = time.monotonic()
        own_group.stop()
        return time.monotonic() - started

    assert ever_within(2, stop)


def seconds_to_hand_off(hand_off):
    started = time.perf_counter()
    hand_off.hand_off(due())
    return time.perf_counter() - started
