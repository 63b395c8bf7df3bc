"""What a hand-off puts into Redis, and how it gets there."""

from threading import Event
from time import monotonic
from types import SimpleNamespace

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from identity_service.notification.broker import DramatiqHandOff, open_broker, sending
from tests.services.waiting import eventually
from tests.services.worker_group import ACTOR, LIST, TENANT, due, some_due


def test_a_batch_is_one_round_trip(hand_off, client):
    hand_off.hand_off_many([due("low")])
    client.config_resetstat()
    assert hand_off.hand_off_many(some_due(50, "low"))
    commands = client.info("commandstats")
    assert commands["cmdstat_evalsha"]["calls"] == 50
    assert "cmdstat_script|exists" not in commands
    assert client.llen("dramatiq:low") == 51


def test_whatever_comes_alone_is_sent_at_once_and_many_share_a_round_trip(redis_url, monkeypatch):
    rested = Event()
    monkeypatch.setattr(sending, "time", SimpleNamespace(monotonic=monotonic, sleep=lambda _: rested.wait(30)))
    broker, sent = open_broker(redis_url), []
    hand_off = DramatiqHandOff(broker, count=lambda _outcome, number: sent.append(number))
    hand_off.hand_off(due())
    eventually(lambda: sent == [1], "the first id")
    for _ in range(20):
        hand_off.hand_off(due())
    rested.set()
    eventually(lambda: broker.length("high") == 21, "the others")
    hand_off.close()
    assert sent == [1, 20]


def test_a_redis_that_has_forgotten_its_scripts_is_taught_them_again(group, hand_off, client):
    group.start()
    hand_off.hand_off(due())
    group.wait_for(1)
    client.script_flush()
    hand_off.hand_off(due())
    group.wait_for(2)
    client.script_flush()
    assert hand_off.hand_off_many([due()])
    group.wait_for(3)


def test_ids_go_between_this_broker_and_dramatiqs_own(redis_url):
    own, theirs = open_broker(redis_url), RedisBroker(url=redis_url, middleware=[])
    own.enqueue(message("to-theirs"))
    assert next(theirs.consume("high")).args == ("to-theirs",)
    theirs.enqueue(message("to-ours"))
    assert next(own.consume("high")).args == ("to-ours",)


def test_redis_holds_ids_and_no_more(hand_off, client):
    handed_off = due()
    assert hand_off.hand_off_many([handed_off])
    (stored,) = client.hvals(f"{LIST}.msgs")
    content = dramatiq.Message.decode(stored.encode())
    assert (content.args, content.kwargs) == ((TENANT, str(handed_off.id)), {})
    assert set(content.options) == {"redis_message_id"}


def test_a_repeated_hand_off_adds_nothing_to_a_full_queue(redis_url, monkeypatch):
    monkeypatch.setattr(sending, "FULL", 2)
    broker = open_broker(redis_url)
    hand_off = DramatiqHandOff(broker)
    urgent, other = due(), due("low")
    for _ in range(4):
        assert hand_off.hand_off_again([urgent])
    assert hand_off.hand_off_again([urgent, other])
    assert (broker.length("high"), broker.length("low")) == (2, 1)


def message(argument):
    return dramatiq.Message(queue_name="high", actor_name=ACTOR, args=(argument,), kwargs={}, options={})
