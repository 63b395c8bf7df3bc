"""What Resend's sender makes of failures: which are for good, what mends the others, and that none tells the key."""

import contextlib
import logging
import time
from typing import Any

import pytest

from identity_service.notification.senders import PermanentFailure, TransientFailure, open_sender
from identity_service.notification.senders.resend import ResendTimeouts
from tests.services.hands import Hands
from tests.services.resend import KEY, ResendServer
from tests.services.resend_mails import new_mail, sender_to


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_fault_of_the_server_is_transient(resend: ResendServer, status: int):
    resend.answer(status, "application_error", retry_after="7")

    with pytest.raises(TransientFailure, match=f"answered {status} application_error") as raised:
        sender_to(resend).send(new_mail())

    assert raised.value.retry_after == 7


def test_a_key_still_in_use_is_transient(resend: ResendServer):
    resend.answer(409, "concurrent_idempotent_requests")

    with pytest.raises(TransientFailure, match="409 concurrent"):
        sender_to(resend).send(new_mail())


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
def test_what_the_operator_must_mend_kills_no_mail(resend: ResendServer, status: int, name: str, advice: str):
    resend.answer(status, name, location="http://127.0.0.1:9/")

    with pytest.raises(TransientFailure) as raised:
        sender_to(resend).send(new_mail())

    assert advice in raised.value.remedy


@pytest.mark.parametrize(
    ("status", "name"), [(400, "validation_error"), (422, "invalid_parameter"), (451, "security_error")]
)
def test_a_mail_that_resend_will_never_take_fails_for_good(resend: ResendServer, status: int, name: str):
    resend.answer(status, name)

    with pytest.raises(PermanentFailure, match=name):
        sender_to(resend).send(new_mail())


def test_a_server_that_hangs_is_left_in_time(resend: ResendServer):
    resend.hang()

    with pytest.raises(TransientFailure, match="did not answer in time"):
        sender_to(resend, ResendTimeouts(answer=0.3, single_wait=0)).send(new_mail())


@pytest.mark.parametrize("begin", [b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"])
def test_a_server_that_answers_drop_by_drop_is_left_in_time(resend: ResendServer, senders_clock: Hands, begin: bytes):
    def drip(handler: Any) -> None:
        handler.wfile.write(begin)
        with contextlib.suppress(OSError):
            for _ in range(900):
                senders_clock.turn(1)
                handler.wfile.write(b"a")
                time.sleep(0.01)
        handler.close_connection = True

    resend.faults.append(drip)

    with pytest.raises(TransientFailure, match="did not answer in time"):
        sender_to(resend).send(new_mail())


def test_a_connection_cut_is_transient(resend: ResendServer):
    resend.reset()

    with pytest.raises(TransientFailure, match="closed the connection"):
        sender_to(resend).send(new_mail())


def test_a_server_that_is_down_is_a_transient_failure_with_advice():
    with pytest.raises(TransientFailure, match="cannot connect") as raised:
        open_sender("resend://re_12345678@127.0.0.1:9?tls=off").send(new_mail())

    assert "firewalls" in raised.value.remedy


def test_an_answer_meant_to_exhaust_us_is_a_failure_like_any(resend: ResendServer):
    deep = b"[" * 200_000
    answer = b"HTTP/1.1 422 No\r\nContent-Length: %d\r\n\r\n" % len(deep)
    resend.faults.append(lambda handler: handler.wfile.write(answer + deep) and None)

    with pytest.raises(PermanentFailure, match="answered 422"):
        sender_to(resend).send(new_mail())


def test_the_key_is_in_no_failure_no_log_and_no_representation(resend: ResendServer, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    sender = sender_to(resend)
    resend.answer(403, "invalid_api_key", f"API key {KEY} is invalid")

    with pytest.raises(TransientFailure) as raised:
        sender.send(new_mail())

    for text in (str(raised.value), raised.value.remedy, repr(sender), str(sender), repr(sender._account), caplog.text):
        assert KEY not in text
