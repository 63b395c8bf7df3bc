"""Resend's rate limit and quotas: what the sender waits for, and what it says of the rest."""

import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from identity_service.notification.senders import SenderDown, SendReceipt, TransientFailure
from tests.services.resend import ResendServer
from tests.services.resend_mails import PATIENT, new_mail, sender_to
from tests.services.waiting import eventually


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "7"}, 7),
        ({"ratelimit_reset": "3"}, 3),
        ({"retry_after": "9" * 400}, float("inf")),
        ({"retry_after": "soon"}, None),
        ({}, None),
    ],
)
def test_a_429_says_how_long_to_wait(resend: ResendServer, headers: dict[str, str], seconds: float | None):
    resend.answer(429, "rate_limit_exceeded", "Too many requests.", **headers)

    with pytest.raises(TransientFailure, match="429 rate_limit_exceeded") as raised:
        sender_to(resend).send(new_mail())

    assert raised.value.retry_after == seconds


def test_a_429_may_say_until_when_to_wait(resend: ResendServer):
    until = datetime.now(UTC) + timedelta(seconds=100)
    resend.answer(429, "rate_limit_exceeded", retry_after=format_datetime(until, usegmt=True))

    with pytest.raises(TransientFailure) as raised:
        sender_to(resend).send(new_mail())

    assert raised.value.retry_after == pytest.approx(100, abs=60)


def test_a_short_wait_under_the_rate_limit_spends_no_attempt(resend: ResendServer):
    resend.answer(429, "rate_limit_exceeded", retry_after="0.1")

    assert isinstance(sender_to(resend, PATIENT).send(new_mail()), SendReceipt)


def test_a_quota_that_is_used_up_is_not_waited_for(resend: ResendServer):
    resend.answer(429, "daily_quota_exceeded", retry_after="0.1")

    with pytest.raises(SenderDown, match="daily_quota_exceeded"):
        sender_to(resend, PATIENT).send(new_mail())
    assert resend.mails == []


def test_a_quota_that_is_used_up_is_told_of_each_mail_of_a_batch(resend: ResendServer):
    resend.answer(429, "monthly_quota_exceeded", retry_after="20000")

    results = sender_to(resend, PATIENT).send_many([new_mail(), new_mail()])

    assert [(type(result), result.retry_after) for result in results] == [(SenderDown, 20000)] * 2
    assert resend.mails == []


def test_a_sender_that_is_closed_waits_no_longer(resend: ResendServer):
    resend.answer(429, "rate_limit_exceeded", retry_after="15")
    sender = sender_to(resend, PATIENT)

    def close_when_asked() -> None:
        eventually(lambda: not resend.faults, "a request")
        sender.close()

    threading.Thread(target=close_when_asked).start()
    with pytest.raises(TransientFailure, match="rate_limit_exceeded"):
        sender.send(new_mail())
    assert len(resend.requests) == 0
