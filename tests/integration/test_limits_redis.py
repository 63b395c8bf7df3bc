"""Limits against a real Redis server."""

import time
from datetime import timedelta

import pytest

from identity_service.calls.call import Call, RequestKey
from identity_service.errors import LimitExceeded
from identity_service.identity.limits import CountingLimiter, Limits, Rate, Rule, Take, redis_windows
from identity_service.identity.limits.fallback_windows import FallbackWindows
from identity_service.identity.limits.local_windows import LocalWindows
from identity_service.identity.limits.redis_windows import RedisWindows
from identity_service.ids import new_id
from tests.services.at_once import all_at_once
from tests.services.hands import Hands
from tests.services.places import free_port
from tests.services.redis import RedisServer
from tests.services.waiting import ever_within

KEY = bytes(range(32))
ALICE = ("default", "alice@example.org")
STORE_TIMEOUT = redis_windows._STORE_TIMEOUT


@pytest.fixture(scope="module")
def running_server():
    instance = RedisServer()
    yield instance
    instance.remove()


@pytest.fixture
def server(running_server):
    """A Redis that is empty and that the test may freeze or kill."""
    running_server.client().flushall()
    yield running_server
    running_server.restart()


@pytest.fixture
def store(running_server):
    """A client of an empty Redis, for looking at what is kept."""
    client = running_server.client(1)
    client.flushall()
    return client


@pytest.fixture
def url(running_server, store):
    return running_server.url(1)


@pytest.fixture(params=["local", "redis"])
def windows(request, url, hands, monkeypatch):
    monkeypatch.setattr(time, "time", hands)  # what Redis is told by those who ask it
    return LocalWindows(hands) if request.param == "local" else RedisWindows(url)


@pytest.fixture
def hands():
    return Hands()


@pytest.fixture(autouse=True)
def _a_store_may_take_its_time(monkeypatch):
    """On a busy machine it would be taken for one that hangs."""
    monkeypatch.setattr(redis_windows, "_STORE_TIMEOUT", 30)


def limiter_on(url, now=time.monotonic, **texts):
    windows = FallbackWindows(RedisWindows(url), LocalWindows(now), now)
    return CountingLimiter(lambda _tenant: Limits().changed(texts), windows, KEY, local=LocalWindows(now))


def granted(limiter, times, rule=Rule.OTP_REQUEST, subject=ALICE):
    count = 0
    for _ in range(times):
        try:
            limiter.hit(rule, *subject)
        except LimitExceeded:
            continue
        count += 1
    return count


def test_windows_grant_their_amount_and_then_tell_the_time_to_the_next(windows, hands):
    rate = Rate(2, 60)
    assert windows.take([Take("a", rate)]) is None
    hands.turn(24)
    assert windows.take([Take("a", rate)]) is None
    wait = windows.take([Take("a", rate)])
    assert wait == pytest.approx(36)
    assert windows.take([Take("b", rate)]) is None
    hands.turn(wait + 0.05)
    assert windows.take([Take("a", rate)]) is None
    assert windows.take([Take("a", rate)]) is not None


def test_servers_share_one_count(url):
    assert granted(limiter_on(url), 2) == 2
    assert granted(limiter_on(url), 2) == 1


def test_threads_together_are_granted_no_more_than_one_would_be(url):
    limiter = limiter_on(url, sign_in="50/h")
    assert sum(all_at_once([lambda: granted(limiter, 20, Rule.SIGN_IN)] * 8)) == 50


def test_a_refusal_tells_when_to_come_back(url):
    limiter = limiter_on(url)
    granted(limiter, 3)
    with pytest.raises(LimitExceeded) as refusal:
        limiter.hit(Rule.OTP_REQUEST, *ALICE)
    assert timedelta(seconds=595) < refusal.value.retry_after <= timedelta(seconds=600)


def scripts_run(store):
    statistics = store.info("commandstats")
    return sum(statistics.get(f"cmdstat_{name}", {}).get("calls", 0) for name in ("evalsha", "eval", "script"))


def test_a_granted_hit_is_one_round_trip_and_a_refused_one_two(store, url):
    limiter = limiter_on(url)
    granted(limiter, 4, subject=("default", "somebody else"))  # loads the scripts
    before = scripts_run(store)
    assert granted(limiter, 3) == 3
    assert scripts_run(store) - before == 3
    assert granted(limiter, 1) == 0
    assert scripts_run(store) - before == 5


def together(limiter, times, *hits, request_id=None):
    request = RequestKey("RegisterUser", request_id, b"asked") if request_id else None
    count = 0
    for _ in range(times):
        try:
            limiter.hit_all(Call("default", "backend", request=request), *hits)
        except LimitExceeded:
            continue
        count += 1
    return count


BOTH = ((Rule.OTP_REQUEST, "alice"), (Rule.OTP_REQUEST_NETWORK, "203.0.113.7"))


def test_rules_hit_together_are_one_round_trip_and_a_refusal_by_one_takes_nothing_from_the_other(store, url):
    limiter = limiter_on(url)
    together(limiter, 1, (Rule.OTP_REQUEST, "x"), (Rule.OTP_REQUEST_NETWORK, "x"))  # loads the script
    before = scripts_run(store)
    assert together(limiter, 20, *BOTH) == 3
    assert scripts_run(store) - before == 20
    assert granted(limiter, 50, Rule.OTP_REQUEST_NETWORK, ("default", "203.0.113.7")) == 27


def test_a_hit_alone_counts_with_hits_together(url):
    limiter = limiter_on(url)
    assert granted(limiter, 2, subject=("default", "alice")) == 2
    assert together(limiter, 5, *BOTH) == 1
    with pytest.raises(LimitExceeded) as refusal:
        limiter.hit_all(Call("default", "backend"), *BOTH)
    assert timedelta(seconds=595) < refusal.value.retry_after <= timedelta(seconds=600)


def test_repeats_of_one_call_at_once_on_two_servers_count_once(url):
    request_id = new_id()
    for limiter in (limiter_on(url), limiter_on(url)):
        assert together(limiter, 5, *BOTH, request_id=request_id) == 5
    assert together(limiter_on(url), 5, *BOTH) == 2


def test_rules_hit_together_outlive_their_store_too(server):
    limiter = limiter_on(server.url(1))
    server.kill()
    assert together(limiter, 20, *BOTH) == 3
    assert together(limiter, 20, (Rule.OTP_REQUEST, "bob"), BOTH[1]) == 3


def test_codes_are_counted_without_asking_the_store(store, url):
    limiter = limiter_on(url)
    assert granted(limiter, 100, Rule.CODE_NETWORK) == 60
    assert not store.keys("*")


def test_no_address_stands_in_the_store_and_everything_in_it_expires(store, url):
    granted(limiter_on(url), 2)
    [key] = store.keys("*")
    assert key.startswith("identity:")
    assert "alice" not in key
    assert 0 < store.ttl(key) <= 600


def test_a_store_that_was_never_there_does_not_close_the_limits():
    limiter = limiter_on(f"redis://127.0.0.1:{free_port()}/1")
    assert granted(limiter, 9) == 3
    assert granted(limiter, 9, subject=("default", "bob@example.org")) == 3


def test_a_store_that_restarts_is_used_again_without_a_restart_of_ours(server):
    clock = [0.0]
    limiter = limiter_on(server.url(1), lambda: clock[0])
    assert granted(limiter, 9) == 3
    server.kill()
    assert granted(limiter, 9) == 3  # counted in this process
    server.start(empty=True)
    assert granted(limiter, 9) == 0  # it is not tried again yet
    clock[0] += 1
    assert granted(limiter, 1) == 1
    assert granted(limiter_on(server.url(1)), 9) == 2


def test_connections_that_died_unnoticed_are_replaced(server):
    limiter = limiter_on(server.url(1))
    all_at_once([lambda: granted(limiter, 5, Rule.SIGN_IN)] * 6)
    server.restart(empty=True)
    assert granted(limiter, 3) == 3
    assert granted(limiter_on(server.url(1)), 3) == 0


def test_a_store_that_hangs_holds_up_one_call_for_a_moment_and_the_next_ones_not_at_all(server, hands, monkeypatch):
    monkeypatch.setattr(redis_windows, "_STORE_TIMEOUT", STORE_TIMEOUT)
    asked, take = [], RedisWindows.take
    monkeypatch.setattr(RedisWindows, "take", lambda *given: (asked.append(1), take(*given))[1])
    limiter = limiter_on(server.url(1), hands)
    granted(limiter, 1)
    server.freeze()

    def held_up() -> float:
        asked.clear()
        hands.turn(600)
        begun = time.monotonic()
        assert granted(limiter, 51) == 3
        return time.monotonic() - begun

    assert ever_within(0.8, held_up)
    assert asked == [1]


def test_a_store_that_refuses_writes_is_as_good_as_away(server):
    server.client().config_set("maxmemory", "1")
    assert granted(limiter_on(server.url(1)), 9) == 3
