import threading
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis import ConnectionError as RedisConnectionError
from structlog.testing import capture_logs

from identity_service.calls.call import Call, RequestKey
from identity_service.errors import LimitExceeded
from identity_service.identity.limits import CountingLimiter, Limits, NoLimits, Rate, Rule, Take, network_of
from identity_service.identity.limits.windows import FallbackWindows, LocalWindows
from identity_service.ids import new_id

unhurried = settings(deadline=None)  # the machine may be busy with other tests

KEY = bytes(range(32))


class Hands:
    """A clock in seconds that the test sets."""

    def __init__(self):
        self.seconds = 1_000_000.0

    def __call__(self):
        return self.seconds


class BreakableWindows(LocalWindows):
    """Shared windows that can be cut off."""

    def __init__(self, now):
        super().__init__(now)
        self.away = False
        self.tries = 0

    def take(self, takes, repeat=None):
        self.tries += 1
        if self.away:
            raise RedisConnectionError
        return super().take(takes, repeat)


def local_limiter(now=None, **texts):
    now = now or Hands()
    limits = Limits().changed(texts)
    return CountingLimiter(lambda _tenant: limits, LocalWindows(now), KEY, local=LocalWindows(now))


def call(request_id=None, payload=b""):
    request = RequestKey("RegisterUser", request_id, payload) if request_id else None
    return Call("default", "backend", request=request)


def granted(limiter, times, rule=Rule.OTP_REQUEST, *subject):
    count = 0
    for _ in range(times):
        try:
            limiter.hit(rule, *(subject or ("default", "alice@example.org")))
        except LimitExceeded:
            continue
        count += 1
    return count


NUMBERS = [
    (Rule.OTP_REQUEST, 3, 10),
    (Rule.OTP_REQUEST_NETWORK, 30, 10),
    (Rule.REGISTER, 3, 60),
    (Rule.REGISTER_ADDRESS, 5, 60),
    (Rule.CODE_NETWORK, 60, 10),
    (Rule.NEW_PASSWORD_NETWORK, 60, 10),
    (Rule.SIGN_IN, 10, 15),
    (Rule.SIGN_IN_ADDRESS, 100, 60),
    (Rule.PASSWORD_RESET_ADDRESS, 5, 60),
    (Rule.PASSWORD_RESET_NETWORK, 5, 60),
    (Rule.PASSWORD_CHECK, 10, 15),
    (Rule.PASSWORD_CHECK_USER, 100, 60),
    (Rule.EMAIL_CHANGE, 3, 60),
    (Rule.INVITATION, 20, 60),
    (Rule.INVITATION_ADDRESS, 5, 60),
    (Rule.VERIFICATION_RESEND, 3, 10),
    (Rule.VERIFICATION_RESEND_NETWORK, 30, 10),
    (Rule.CALLER_REFUSED, 60, 1),
]
"""How often, in how many minutes."""


@pytest.mark.parametrize(("rule", "amount", "minutes"), NUMBERS)
def test_every_rule_has_its_number(rule, amount, minutes):
    now = Hands()
    limiter = local_limiter(now)
    assert granted(limiter, 200, rule) == amount
    now.seconds += minutes * 60 - 1
    assert granted(limiter, 1, rule) == 0
    now.seconds += 1
    assert granted(limiter, 200, rule) == amount


def test_the_refusal_tells_when_to_come_back():
    now = Hands()
    limiter = local_limiter(now)
    limiter.hit(Rule.OTP_REQUEST, "default", "a")
    now.seconds += 100.5
    granted(limiter, 2, Rule.OTP_REQUEST, "default", "a")
    with pytest.raises(LimitExceeded) as refusal:
        limiter.hit(Rule.OTP_REQUEST, "default", "a")
    assert refusal.value.retry_after == timedelta(seconds=500)  # 499.5, rounded up
    now.seconds += 500
    limiter.hit(Rule.OTP_REQUEST, "default", "a")


def test_refused_calls_do_not_put_off_the_next_chance():
    now = Hands()
    limiter = local_limiter(now)
    assert granted(limiter, 3) == 3
    for _ in range(60):
        now.seconds += 9
        assert granted(limiter, 5) == 0
    now.seconds += 60
    assert granted(limiter, 1) == 1


def test_subjects_tenants_and_rules_are_counted_apart():
    limiter = local_limiter()
    assert granted(limiter, 9, Rule.OTP_REQUEST, "default", "alice") == 3
    assert granted(limiter, 9, Rule.OTP_REQUEST, "default", "bob") == 3
    assert granted(limiter, 9, Rule.OTP_REQUEST, "other", "alice") == 3
    assert granted(limiter, 9, Rule.VERIFICATION_RESEND, "default", "alice") == 3
    assert granted(limiter, 9, Rule.OTP_REQUEST, "defaulta", "lice") == 3


def test_somebody_elses_wrong_passwords_lock_nobody_out():
    limiter = local_limiter()
    attempt = (Rule.SIGN_IN, "default", "alice@example.org")
    assert granted(limiter, 1000, *attempt, network_of("203.0.113.7")) == 10
    assert granted(limiter, 10, *attempt, network_of("198.51.100.4")) == 10


def granted_together(limiter, times, *hits, **repeated):
    count = 0
    for _ in range(times):
        try:
            limiter.hit_all(call(**repeated), *hits)
        except LimitExceeded:
            continue
        count += 1
    return count


def test_a_refusal_by_one_rule_takes_nothing_from_another():
    limiter = local_limiter()
    wide = (Rule.OTP_REQUEST_NETWORK, "203.0.113.7")
    assert granted_together(limiter, 100, (Rule.OTP_REQUEST, "alice"), wide) == 3
    assert granted_together(limiter, 100, wide) == 27
    assert granted_together(limiter, 1, (Rule.OTP_REQUEST, "bob"), wide) == 0
    assert granted_together(limiter, 5, (Rule.OTP_REQUEST, "bob")) == 3


def test_of_several_waits_the_longest_is_told():
    now = Hands()
    limiter = local_limiter(now, otp_request="1/10m", otp_request_network="1/1h")
    limiter.hit_all(call(), (Rule.OTP_REQUEST_NETWORK, "net"))
    now.seconds += 60
    limiter.hit_all(call(), (Rule.OTP_REQUEST, "alice"))
    with pytest.raises(LimitExceeded) as refusal:
        limiter.hit_all(call(), (Rule.OTP_REQUEST, "alice"), (Rule.OTP_REQUEST_NETWORK, "net"))
    assert refusal.value.retry_after == timedelta(seconds=3540)


def test_a_repeated_call_is_counted_once():
    limiter, request_id = local_limiter(), new_id()
    hits = [(Rule.OTP_REQUEST, "alice"), (Rule.OTP_REQUEST_NETWORK, "net")]
    assert granted_together(limiter, 50, *hits, request_id=request_id) == 50
    assert granted_together(limiter, 50, *hits) == 2
    assert granted_together(limiter, 1, *hits, request_id=request_id) == 1


def test_another_hit_of_the_same_call_is_no_repeat():
    limiter = local_limiter()
    for number in range(5):
        request_id = new_id()
        limiter.hit_all(call(request_id), (Rule.PASSWORD_CHECK, "ada", "net"))
        if number < 3:
            limiter.hit_all(call(request_id), (Rule.EMAIL_CHANGE, "ada"))
    with pytest.raises(LimitExceeded):
        limiter.hit_all(call(request_id), (Rule.EMAIL_CHANGE, "ada"))


def test_another_content_under_the_same_request_id_is_counted():
    limiter, request_id = local_limiter(), new_id()
    asked = [
        granted_together(limiter, 1, (Rule.OTP_REQUEST, "a"), request_id=request_id, payload=bytes([n]))
        for n in range(5)
    ]
    assert asked == [1, 1, 1, 0, 0]


def test_a_refused_call_is_not_taken_for_a_repeated_one():
    limiter, request_id = local_limiter(), new_id()
    assert granted_together(limiter, 3, (Rule.OTP_REQUEST, "alice")) == 3
    assert granted_together(limiter, 3, (Rule.OTP_REQUEST, "alice"), request_id=request_id) == 0


def test_a_rule_does_not_apply_to_a_subject_that_is_not_known():
    limiter = local_limiter()
    assert granted(limiter, 50, Rule.REGISTER, "default", network_of("")) == 50


def test_no_limits_grant_everything():
    assert granted(NoLimits(), 10_000) == 10_000


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("3/10m", Rate(3, 600)),
        ("3/h", Rate(3, 3600)),
        ("100/1d", Rate(100, 86400)),
        ("10/15s", Rate(10, 15)),
        (" 5/1h ", Rate(5, 3600)),
    ],
)
def test_a_rate_is_written_as_an_amount_and_a_period(text, rate):
    assert Rate.parse(text) == rate


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3",
        "3/",
        "/10m",
        "0/10m",
        "3/0m",
        "-3/10m",
        "3/10w",
        "3 per 10m",
        "3/10m\n4",
        "1e3/h",
        "٣/h",
        "100000/s",
    ],
)
def test_any_other_text_is_no_rate(text):
    with pytest.raises(ValueError, match="such as 3/10m"):
        Rate.parse(text)


def test_limits_are_changed_by_name_and_the_others_stay():
    limits = Limits().changed({"otp_request": "5/1h", "sign_in": "2/m"})
    assert limits.of(Rule.OTP_REQUEST) == Rate(5, 3600)
    assert limits.of(Rule.SIGN_IN) == Rate(2, 60)
    assert limits.of(Rule.REGISTER) == Limits().of(Rule.REGISTER)


def test_a_wrong_limit_is_named():
    with pytest.raises(ValueError, match="otp_requests"):
        Limits().changed({"otp_requests": "5/h"})
    with pytest.raises(ValueError, match="limit otp_request: 'often'"):
        Limits().changed({"otp_request": "often"})


def test_every_rule_stands_among_the_numbers():
    assert {rule for rule, _, _ in NUMBERS} == set(Rule)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:0DB8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unknown", "unknown"),
    ],
)
def test_an_ip_address_is_counted_as_the_network_of_one_customer(address, network):
    assert network_of(address) == network


@unhurried
@given(st.ip_addresses(v=6))
def test_the_network_of_a_network_is_the_same(address):
    network = network_of(str(address))
    assert network_of(network.removesuffix("/64")) == network


@unhurried
@given(st.lists(st.floats(0, 30), max_size=60), st.integers(1, 5))
def test_no_window_ever_grants_more_than_its_amount(steps, amount):
    now, times = Hands(), []
    windows = LocalWindows(now)
    for step in steps:
        now.seconds += step
        if windows.take([Take("key", Rate(amount, 60))]) is None:
            times.append(now.seconds)
    assert all(later - earlier >= 60 for earlier, later in zip(times, times[amount:], strict=False))


@unhurried
@given(st.lists(st.floats(0, 30), min_size=1, max_size=40), st.integers(1, 3))
def test_the_wait_that_is_told_is_right_to_the_moment(steps, amount):
    now = Hands()
    windows = LocalWindows(now)
    for step in steps:
        now.seconds += step
        wait = windows.take([Take("key", Rate(amount, 60))])
    if wait is not None:
        assert 0 < wait <= 60
        now.seconds += wait + 1e-6
        assert windows.take([Take("key", Rate(amount, 60))]) is None


def test_what_has_run_out_is_forgotten():
    now = Hands()
    windows = LocalWindows(now)
    for number in range(1000):
        windows.take([Take(f"key {number}", Rate(3, 60))])
    now.seconds += 60
    windows.take([Take("last", Rate(3, 60))])
    assert [list(kept) for kept in windows._by_period.values()] == [["last"]]


def test_memory_is_bounded_and_the_idlest_subject_goes_first():
    windows = LocalWindows(Hands(), most=10)
    for number in range(1000):
        windows.take([Take("busy", Rate(5000, 60))])
        windows.take([Take(f"key {number}", Rate(1, 60))])
    [kept] = windows._by_period.values()
    assert len(kept) <= 11
    assert len(kept["busy"]) == 1000


def test_threads_together_are_granted_no_more_than_one_would_be():
    limiter = local_limiter(sign_in="50/h")
    counts = []
    threads = [threading.Thread(target=lambda: counts.append(granted(limiter, 40, Rule.SIGN_IN))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 50


def fallback(now):
    shared = BreakableWindows(now)
    windows = FallbackWindows(shared, LocalWindows(now), now)
    return shared, CountingLimiter(lambda _tenant: Limits(), windows, KEY, local=LocalWindows(now))


def test_while_the_store_is_away_the_limits_are_neither_open_nor_closed():
    shared, limiter = fallback(Hands())
    shared.away = True
    assert granted(limiter, 20, Rule.OTP_REQUEST, "default", "alice") == 3
    assert granted(limiter, 20, Rule.OTP_REQUEST, "default", "bob") == 3


def test_a_store_that_is_away_is_left_alone_for_longer_and_longer():
    now = Hands()
    shared, limiter = fallback(now)
    shared.away = True
    tried_at = []
    for second in range(200):
        before = shared.tries
        granted(limiter, 5, Rule.OTP_REQUEST, "default", str(second))
        if shared.tries > before:
            assert shared.tries == before + 1
            tried_at.append(second)
        now.seconds += 1
    assert tried_at == [0, 1, 3, 7, 15, 31, 61, 91, 121, 151, 181]


def test_the_outage_and_its_end_are_logged_once_each():
    now = Hands()
    shared, limiter = fallback(now)
    with capture_logs() as logs:
        shared.away = True
        for _ in range(50):
            granted(limiter, 2)
            now.seconds += 1
        shared.away = False
        now.seconds += 30
        granted(limiter, 2)
    assert [entry["event"] for entry in logs] == ["limit_store_unavailable", "limit_store_available"]
    assert logs[0]["error"] == "ConnectionError"


def test_the_shared_count_is_used_again_as_soon_as_the_store_is_back():
    now = Hands()
    shared, limiter = fallback(now)
    assert granted(limiter, 3) == 3
    shared.away = True
    assert granted(limiter, 1) == 1
    shared.away = False
    now.seconds += 1
    assert granted(limiter, 1) == 0


def test_calls_that_fail_together_count_as_one_failure():
    now = Hands()
    shared = BreakableWindows(now)
    meeting = threading.Barrier(8)

    def fail_together(takes, repeat):
        meeting.wait(timeout=10)
        raise RedisConnectionError

    shared.take = fail_together
    windows = FallbackWindows(shared, LocalWindows(now), now)
    threads = [threading.Thread(target=windows.take, args=([Take("key", Rate(3, 60))],)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert windows._pause == 1.0
