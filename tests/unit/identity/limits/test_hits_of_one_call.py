"""Several limits for one call: all of them take a hit or none does, and a repeated call is counted once."""

from datetime import timedelta

import pytest

from identity_service.calls.call import Call, RequestKey
from identity_service.errors import LimitExceeded
from identity_service.identity.limits import Rule
from identity_service.ids import new_id
from tests.services.hands import Hands
from tests.services.limits import local_limiter


def call(request_id=None, payload=b""):
    request = RequestKey("RegisterUser", request_id, payload) if request_id else None
    return Call("default", "backend", request=request)


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
    now.turn(60)
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
