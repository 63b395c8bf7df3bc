"""The limiter's rules: how often each grants, whom it tells apart, and what it says when it refuses."""

from datetime import timedelta

import pytest

from identity_service.errors import LimitExceeded
from identity_service.identity.limits import NoLimits, Rule, network_of
from tests.services.hands import Hands
from tests.services.limits import granted, local_limiter

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
    now.turn(minutes * 60 - 1)
    assert granted(limiter, 1, rule) == 0
    now.turn(1)
    assert granted(limiter, 200, rule) == amount


def test_the_refusal_tells_when_to_come_back():
    now = Hands()
    limiter = local_limiter(now)
    limiter.hit(Rule.OTP_REQUEST, "default", "a")
    now.turn(100.5)
    granted(limiter, 2, Rule.OTP_REQUEST, "default", "a")
    with pytest.raises(LimitExceeded) as refusal:
        limiter.hit(Rule.OTP_REQUEST, "default", "a")
    assert refusal.value.retry_after == timedelta(seconds=500)  # 499.5, rounded up
    now.turn(500)
    limiter.hit(Rule.OTP_REQUEST, "default", "a")


def test_refused_calls_do_not_put_off_the_next_chance():
    now = Hands()
    limiter = local_limiter(now)
    assert granted(limiter, 3) == 3
    for _ in range(60):
        now.turn(9)
        assert granted(limiter, 5) == 0
    now.turn(60)
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


def test_a_rule_does_not_apply_to_a_subject_that_is_not_known():
    limiter = local_limiter()
    assert granted(limiter, 50, Rule.REGISTER, "default", network_of("")) == 50


def test_no_limits_grant_everything():
    assert granted(NoLimits(), 10_000) == 10_000


def test_every_rule_stands_among_the_numbers():
    assert {rule for rule, _, _ in NUMBERS} == set(Rule)
