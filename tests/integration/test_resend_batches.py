"""Mails that Resend's sender posts together."""

from collections import Counter
from itertools import chain, repeat
from typing import Any

import pytest

from identity_service.notification.senders import NotTried, PermanentFailure, SenderDown, SendReceipt, open_sender
from identity_service.notification.senders.resend import ResendTimeouts
from tests.services.hands import Hands
from tests.services.places import free_port
from tests.services.resend import ResendServer
from tests.services.resend_mails import PATIENT, new_mail, sender_to


def test_two_hundred_and_fifty_mails_are_three_requests(resend: ResendServer):
    mails = [new_mail(f"reader{number}@example.org") for number in range(250)]

    results = sender_to(resend).send_many(mails)

    assert all(isinstance(result, SendReceipt) and result.provider_reference for result in results)
    assert [mail["to"] for mail in resend.mails] == [[mail.recipient] for mail in mails]
    assert [request.path for request in resend.requests] == ["/emails/batch"] * 3


def test_one_mail_of_a_batch_that_resend_cannot_take_fails_alone(resend: ResendServer):
    mails = [new_mail(), new_mail("jörg@example.org"), new_mail("no address"), new_mail("bob@example.org")]

    results = sender_to(resend).send_many(mails)

    assert [type(result) for result in results] == [SendReceipt, PermanentFailure, PermanentFailure, SendReceipt]
    assert [mail["to"][0] for mail in resend.mails] == ["ada@example.org", "bob@example.org"]
    assert len(resend.requests) == 1


def test_a_batch_whose_answer_was_lost_is_repeated_under_the_same_key(resend: ResendServer):
    resend.reset(after_accepting=True)

    results = sender_to(resend, PATIENT).send_many([new_mail(), new_mail()])

    assert [type(result) for result in results] == [SendReceipt] * 2
    assert len(resend.mails) == 2
    assert resend.requests[0].key == resend.requests[1].key


def test_a_batch_that_is_refused_as_a_whole_is_sent_one_by_one(resend: ResendServer):
    resend.answer(422, "invalid_parameter")

    results = sender_to(resend).send_many([new_mail(), new_mail()])

    assert [type(result) for result in results] == [SendReceipt] * 2
    assert [request.path for request in resend.requests] == ["/emails"] * 2


def test_a_batch_waits_for_the_rate_limit(resend: ResendServer):
    resend.answer(429, "rate_limit_exceeded", retry_after="0.1")

    results = sender_to(resend).send_many([new_mail(), new_mail()])

    assert [type(result) for result in results] == [SendReceipt] * 2


def test_a_batch_whose_turn_does_not_come_spends_no_attempt(resend: ResendServer):
    resend.answer(429, "rate_limit_exceeded", retry_after="60")

    results = sender_to(resend).send_many([new_mail(), new_mail()])

    assert [(type(result), result.retry_after) for result in results] == [(NotTried, 60)] * 2


def test_mails_that_no_time_is_left_for_are_not_tried(resend: ResendServer, senders_clock: Hands):
    def take_too_long(handler: Any) -> None:
        senders_clock.turn(40)
        handler.cut(after_accepting=False)

    resend.faults.append(take_too_long)
    mails = [new_mail() for _ in range(101)]

    results = sender_to(resend, ResendTimeouts(mails=45)).send_many(mails)

    assert [type(result).__name__ for result in results] == ["Unclear"] + ["NotTried"] * 100


@pytest.mark.parametrize("status", [401, 403, 404])
def test_what_is_the_operators_to_mend_is_told_of_each_mail_of_a_batch(resend: ResendServer, status: int):
    resend.answer(status, "restricted")

    results = sender_to(resend).send_many([new_mail(), new_mail()])

    assert [type(result) for result in results] == [SenderDown] * 2


def test_where_nobody_listens_no_mail_is_to_blame():
    sender = open_sender(f"resend://re_12345678@127.0.0.1:{free_port()}?tls=off")

    assert [type(result) for result in sender.send_many([new_mail(), new_mail()])] == [SenderDown] * 2


@pytest.mark.parametrize("number", [1, 2])
def test_mails_that_are_called_off_wait_for_their_turn_no_longer(resend: ResendServer, number: int):
    resend.answer(429, "rate_limit_exceeded", retry_after="8")
    asks = chain([True, True], repeat(False))

    results = sender_to(resend).send_many([new_mail()] * number, lambda: next(asks))

    assert [type(result) for result in results] == [NotTried] * number
    assert resend.requests == []


def test_a_second_request_is_not_begun_once_mails_are_called_off(resend: ResendServer):
    results = sender_to(resend).send_many([new_mail() for _ in range(101)], lambda: not resend.requests)

    assert Counter(type(result) for result in results) == {SendReceipt: 100, NotTried: 1}
    assert len(resend.requests) == 1
