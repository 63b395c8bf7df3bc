"""Resend's sender against a server that speaks Resend's protocol."""

import contextlib
import logging
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

import pytest

from identity_service.notification.senders import (
    Level,
    MailParts,
    NotTried,
    OutgoingMail,
    PermanentFailure,
    ReadyMessage,
    SendReceipt,
    TransientFailure,
    open_sender,
)
from identity_service.notification.senders.resend import ResendSender, ResendTimeouts, resend_account_from_url
from tests.services.resend import KEY, SENDING_KEY, ResendServer

QUICK = ResendTimeouts(mails=3, connect=0.5, answer=0.3, single_wait=2.5)
IMPATIENT = ResendTimeouts(mails=3, connect=0.5, answer=0.3, single_wait=0)


@pytest.fixture
def server() -> Iterator[ResendServer]:
    with ResendServer() as running:
        yield running


def _sender(server: ResendServer, timeouts: ResendTimeouts = IMPATIENT, key: str = KEY) -> ResendSender:
    return ResendSender(resend_account_from_url(server.url(key)), timeouts)


def _mail(recipient: str = "ada@example.org") -> OutgoingMail:
    notification_id = uuid.uuid4()
    message = EmailMessage()
    message["From"] = "Example <no-reply@example.org>"
    message["To"] = recipient
    message["Subject"] = "رمز الدخول"
    message["Reply-To"] = "help@example.org"
    message["Message-ID"] = f"<{notification_id}@example.org>"
    message["Date"] = "Fri, 20 Nov 2026 11:00:00 +0000"
    message.set_content("Hello, café\n")
    message.add_alternative("<p>Hello, café</p>\n", subtype="html")
    return OutgoingMail(notification_id, "bounces@example.org", recipient, message)


def test_a_mail_is_posted_in_its_parts_under_its_own_key(server: ResendServer):
    mail = _mail("ada@bücher.example")

    receipt = _sender(server).send(mail)

    (posted,) = server.mails
    assert receipt.provider_reference
    assert posted == {
        "from": "Example <no-reply@example.org>",
        "to": ["ada@xn--bcher-kva.example"],
        "subject": "رمز الدخول",
        "text": "Hello, café\n",
        "html": "<p>Hello, café</p>\n",
        "reply_to": "help@example.org",
        "headers": {"Message-ID": f"<{mail.notification_id}@example.org>"},
    }
    assert server.requests[0].key == str(mail.notification_id)


def test_a_ready_message_is_posted_without_being_read_back(server: ResendServer):
    parts = MailParts("no-reply@example.org", "ada@example.org", "News", None, "<p>x</p>", {"List-Unsubscribe": "<u>"})
    mail = OutgoingMail(uuid.uuid4(), "", "ada@example.org", ReadyMessage(b"not looked at", lambda: parts))

    _sender(server).send(mail)

    assert server.mails[0]["html"] == "<p>x</p>"
    assert server.mails[0]["headers"] == {"List-Unsubscribe": "<u>"}


def test_mails_of_all_threads_share_kept_connections(server: ResendServer):
    sender = _sender(server)
    for _ in range(5):
        sender.send(_mail())

    assert server.connections == 1


def test_a_mail_whose_answer_was_lost_is_repeated_and_accepted_once(server: ResendServer):
    server.reset(after_accepting=True)

    receipt = _sender(server, QUICK).send(_mail())

    assert receipt.provider_reference
    assert len(server.mails) == 1
    assert len(server.requests) == 2


def test_a_mail_that_was_accepted_with_other_words_counts_as_sent(server: ResendServer):
    mail, sender = _mail(), _sender(server)
    sender.send(mail)
    assert isinstance(mail.message, EmailMessage)
    mail.message.replace_header("Subject", "The template has changed")

    assert sender.send(mail) == SendReceipt("")
    assert len(server.mails) == 1


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_fault_of_the_server_is_transient(server: ResendServer, status: int):
    server.answer(status, "application_error")

    with pytest.raises(TransientFailure, match=f"answered {status} application_error"):
        _sender(server).send(_mail())


def test_a_key_still_in_use_is_transient(server: ResendServer):
    server.answer(409, "concurrent_idempotent_requests")

    with pytest.raises(TransientFailure, match="409 concurrent"):
        _sender(server).send(_mail())


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
def test_a_429_says_how_long_to_wait(server: ResendServer, headers: dict[str, str], seconds: float | None):
    server.answer(429, "rate_limit_exceeded", "Too many requests.", **headers)

    with pytest.raises(TransientFailure, match="429 rate_limit_exceeded") as raised:
        _sender(server).send(_mail())

    assert raised.value.retry_after == (seconds and pytest.approx(seconds, abs=60))


def test_a_429_may_say_until_when_to_wait(server: ResendServer):
    until = datetime.now(UTC) + timedelta(seconds=100)
    server.answer(429, "rate_limit_exceeded", retry_after=format_datetime(until, usegmt=True))

    with pytest.raises(TransientFailure) as raised:
        _sender(server).send(_mail())

    assert raised.value.retry_after == pytest.approx(100, abs=60)


def test_a_short_wait_under_the_rate_limit_spends_no_attempt(server: ResendServer):
    server.answer(429, "rate_limit_exceeded", retry_after="0.1")

    assert isinstance(_sender(server, QUICK).send(_mail()), SendReceipt)


def test_a_quota_that_is_used_up_is_not_waited_for(server: ResendServer):
    server.answer(429, "daily_quota_exceeded", retry_after="0.1")

    with pytest.raises(TransientFailure, match="daily_quota_exceeded"):
        _sender(server, QUICK).send(_mail())
    assert server.mails == []


@pytest.mark.parametrize(
    ("status", "name", "advice"),
    [
        (401, "missing_api_key", "API key"),
        (403, "invalid_api_key", "API key"),
        (403, "validation_error", "Verify the domain"),
        (404, "not_found", "host"),
        (301, "moved", "host"),
    ],
)
def test_what_the_operator_must_mend_kills_no_mail(server: ResendServer, status: int, name: str, advice: str):
    server.answer(status, name, location="http://127.0.0.1:9/")

    with pytest.raises(TransientFailure) as raised:
        _sender(server).send(_mail())

    assert advice in raised.value.remedy


@pytest.mark.parametrize(
    ("status", "name"), [(400, "validation_error"), (422, "invalid_parameter"), (451, "security_error")]
)
def test_a_mail_that_resend_will_never_take_fails_for_good(server: ResendServer, status: int, name: str):
    server.answer(status, name)

    with pytest.raises(PermanentFailure, match=name):
        _sender(server).send(_mail())


def test_a_server_that_hangs_is_left_in_time(server: ResendServer):
    server.hang(1)

    with pytest.raises(TransientFailure, match="did not answer in time"):
        _sender(server).send(_mail())


@pytest.mark.parametrize("begin", [b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"])
def test_a_server_that_answers_drop_by_drop_is_left_in_time(server: ResendServer, begin: bytes):
    def drip(handler: Any) -> None:
        handler.wfile.write(begin)
        with contextlib.suppress(OSError):
            for _ in range(60):
                handler.wfile.write(b"a")
                time.sleep(0.05)
        handler.close_connection = True

    server.faults.append(drip)
    sender = _sender(server, ResendTimeouts(mails=0.5, connect=0.5, answer=0.3, single_wait=0))

    with pytest.raises(TransientFailure, match="did not answer in time"):
        sender.send(_mail())


def test_a_connection_cut_is_transient(server: ResendServer):
    server.reset()

    with pytest.raises(TransientFailure, match="closed the connection"):
        _sender(server).send(_mail())


def test_a_server_that_is_down_is_a_transient_failure_with_advice():
    with pytest.raises(TransientFailure, match="cannot connect") as raised:
        open_sender("resend://re_12345678@127.0.0.1:9?tls=off").send(_mail())

    assert "firewalls" in raised.value.remedy


@pytest.mark.parametrize("number", [1, 2], ids=["single", "batch"])
def test_a_success_that_is_not_resends_is_asked_for_again_under_the_same_key(server: ResendServer, number: int):
    """Whoever stands in between may say 200 and have accepted nothing."""
    page = b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n<p>Hello.</p>"
    server.faults.append(lambda handler: handler.wfile.write(page) and None)

    results = _sender(server, QUICK).send_many([_mail() for _ in range(number)])

    assert all(isinstance(result, SendReceipt) and result.provider_reference for result in results)
    assert len(server.mails) == number


def test_an_answer_meant_to_exhaust_us_is_a_failure_like_any(server: ResendServer):
    deep = b"[" * 200_000
    answer = b"HTTP/1.1 422 No\r\nContent-Length: %d\r\n\r\n" % len(deep)
    server.faults.append(lambda handler: handler.wfile.write(answer + deep) and None)

    with pytest.raises(PermanentFailure, match="answered 422"):
        _sender(server).send(_mail())


def test_the_key_is_in_no_failure_no_log_and_no_representation(server: ResendServer, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    sender = _sender(server)
    server.answer(403, "invalid_api_key", f"API key {KEY} is invalid")

    with pytest.raises(TransientFailure) as raised:
        sender.send(_mail())

    for text in (str(raised.value), raised.value.remedy, repr(sender), str(sender), repr(sender._account), caplog.text):
        assert KEY not in text


# Batches


def test_two_hundred_and_fifty_mails_are_three_requests(server: ResendServer):
    mails = [_mail(f"reader{number}@example.org") for number in range(250)]

    results = _sender(server).send_many(mails)

    assert all(isinstance(result, SendReceipt) and result.provider_reference for result in results)
    assert [mail["to"] for mail in server.mails] == [[mail.recipient] for mail in mails]
    assert [request.path for request in server.requests] == ["/emails/batch"] * 3


def test_one_mail_of_a_batch_that_resend_cannot_take_fails_alone(server: ResendServer):
    mails = [_mail(), _mail("jörg@example.org"), _mail("no address"), _mail("bob@example.org")]

    results = _sender(server).send_many(mails)

    assert [type(result) for result in results] == [SendReceipt, PermanentFailure, PermanentFailure, SendReceipt]
    assert [mail["to"][0] for mail in server.mails] == ["ada@example.org", "bob@example.org"]
    assert len(server.requests) == 1


def test_a_batch_whose_answer_was_lost_is_repeated_under_the_same_key(server: ResendServer):
    server.reset(after_accepting=True)

    results = _sender(server, QUICK).send_many([_mail(), _mail()])

    assert [type(result) for result in results] == [SendReceipt] * 2
    assert len(server.mails) == 2
    assert server.requests[0].key == server.requests[1].key


def test_a_batch_that_is_refused_as_a_whole_is_sent_one_by_one(server: ResendServer):
    server.answer(422, "invalid_parameter")

    results = _sender(server).send_many([_mail(), _mail()])

    assert [type(result) for result in results] == [SendReceipt] * 2
    assert [request.path for request in server.requests] == ["/emails"] * 2


def test_a_batch_waits_for_the_rate_limit(server: ResendServer):
    server.answer(429, "rate_limit_exceeded", retry_after="0.1")

    results = _sender(server).send_many([_mail(), _mail()])

    assert [type(result) for result in results] == [SendReceipt] * 2


def test_a_batch_whose_turn_does_not_come_spends_no_attempt(server: ResendServer):
    server.answer(429, "rate_limit_exceeded", retry_after="60")

    results = _sender(server).send_many([_mail(), _mail()])

    assert [type(result) for result in results] == [NotTried] * 2


def test_mails_that_no_time_is_left_for_are_not_tried(server: ResendServer):
    server.hang(2)
    mails = [_mail() for _ in range(101)]

    results = _sender(server, ResendTimeouts(mails=0.3, answer=0.5)).send_many(mails)

    assert {type(result).__name__ for result in results[:100]} == {"Unclear"}
    assert isinstance(results[100], NotTried)


def test_a_sender_that_is_closed_waits_no_longer(server: ResendServer):
    server.answer(429, "rate_limit_exceeded", retry_after="1")
    sender = _sender(server, QUICK)
    threading.Timer(0.1, sender.close).start()

    with pytest.raises(TransientFailure, match="rate_limit_exceeded"):
        sender.send(_mail())
    assert len(server.requests) == 0


# The check


def test_a_check_names_the_domains_that_mails_can_come_from(server: ResendServer):
    findings = _sender(server).check()

    assert [finding.level for finding in findings] == [Level.OK, Level.OK]
    assert findings[1].text == "mails can come from example.org"
    assert server.mails == []


def test_a_check_accepts_a_key_that_may_only_send(server: ResendServer):
    (finding,) = _sender(server, key=SENDING_KEY).check()

    assert finding.level is Level.OK
    assert "may only send" in finding.text


def test_a_check_says_how_to_mend_a_wrong_key(server: ResendServer):
    (finding,) = _sender(server, key="re_somebody_elses").check()

    assert finding.level is Level.PROBLEM
    assert "https://resend.com/api-keys" in finding.remedy
    assert "re_somebody_elses" not in finding.text + finding.remedy


def test_a_check_finds_an_account_without_a_verified_domain(server: ResendServer):
    server.domains = [{"name": "example.org", "status": "pending"}]

    assert _sender(server).check()[-1].level is Level.PROBLEM
