"""The SMTP sender against a real server (aiosmtpd), which misbehaves where a test asks it to."""

import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from identity_service.notification.senders import (
    Level,
    OutgoingMail,
    PermanentFailure,
    TransientFailure,
    open_sender,
)
from identity_service.notification.senders.smtp import SmtpSender, SmtpTimeouts
from tests.services.smtp import SmtpSink
from tests.services.waiting import eventually


class PipeliningSink(SmtpSink):
    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]]


@pytest.fixture(params=[SmtpSink, PipeliningSink], ids=["plain", "pipelining"])
def sink(request: pytest.FixtureRequest) -> Iterator[SmtpSink]:
    server = request.param()
    yield server
    server.close()


@pytest.fixture
def sender(sink: SmtpSink) -> Iterator[SmtpSender]:
    with _sender_to(sink) as opened:
        yield opened


@contextmanager
def _sink(**options: Any) -> Iterator[SmtpSink]:
    server = SmtpSink(**options)
    try:
        yield server
    finally:
        server.close()


@contextmanager
def _sender_to(sink: SmtpSink, timeouts: SmtpTimeouts | None = None, query: str = "") -> Iterator[SmtpSender]:
    opened = open_sender(sink.url + query, smtp_timeouts=timeouts)
    assert isinstance(opened, SmtpSender)
    yield opened
    opened.close()


def _mail(text: str = "Hello\n", recipient: str = "ada@example.org") -> OutgoingMail:
    message = EmailMessage()
    message["Message-ID"] = f"<{uuid.uuid4()}@example.org>"
    message["From"] = "no-reply@example.org"
    local_part, domain = recipient.split("@")
    message["To"] = Address("Ada", local_part, domain)
    message["Subject"] = "A test"
    message.set_content(text)
    return OutgoingMail(uuid.uuid4(), "bounces@example.org", recipient, message)


def test_a_mail_arrives_with_its_envelope_its_headers_and_its_text(sink: SmtpSink, sender: SmtpSender):
    mail = _mail("Your code is 123456.\n")

    receipt = sender.send(mail)

    (accepted,) = sink.mails
    assert (accepted.sender, accepted.recipients) == ("bounces@example.org", ["ada@example.org"])
    assert accepted.message_id == mail.message["Message-ID"]
    assert accepted.mail.get_content() == "Your code is 123456.\r\n"
    assert receipt.provider_reference == "OK"


def test_many_mails_of_one_thread_use_one_connection(sink: SmtpSink, sender: SmtpSender):
    for _ in range(20):
        sender.send(_mail())

    assert len(sink.mails) == 20
    assert sink.connections_made == 1


def test_each_thread_has_a_connection_of_its_own_and_no_mail_is_mixed_up(sink: SmtpSink, sender: SmtpSender):
    together = threading.Barrier(4)

    def send_ten(name: str) -> None:
        together.wait(30)
        for number in range(10):
            sender.send(_mail(f"{name} {number}\n" * 50, f"{name}{number}@example.org"))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send_ten, "abcd"))

    assert sink.connections_made == 4
    assert len(sink.mails) == 40
    for accepted in sink.mails:
        name, number = accepted.recipient[0], accepted.recipient[1]
        assert accepted.mail.get_content() == f"{name} {number}\r\n" * 50


def test_lines_that_begin_with_a_dot_arrive_unchanged(sink: SmtpSink, sender: SmtpSender):
    text = ".\n..\n.hidden\nnot.hidden\n.\nQUIT\n\n.\n"

    sender.send(_mail(text))
    sender.send(_mail("the next mail\n"))

    first, second = sink.mails
    assert first.mail.get_content() == text.replace("\n", "\r\n")
    assert second.mail.get_content() == "the next mail\r\n"


def test_text_of_every_script_arrives_and_travels_as_ascii(sink: SmtpSink, sender: SmtpSender):
    mail = _mail("مرحبا، رمزك هو 123456 café\n")
    mail.message.replace_header("Subject", "رمز الدخول")

    sender.send(mail)

    (accepted,) = sink.mails
    assert accepted.raw.isascii()
    assert accepted.mail["Subject"] == "رمز الدخول"
    assert accepted.mail.get_content().strip() == "مرحبا، رمزك هو 123456 café"


def test_a_450_is_transient_and_the_next_mail_goes_through(sink: SmtpSink, sender: SmtpSender):
    sender.send(_mail())
    sink.refuse(450, "4.2.0 greylisted", times=1, at_recipient=True)

    with pytest.raises(TransientFailure, match=r"refused the recipient: 450 4\.2\.0 greylisted"):
        sender.send(_mail())
    sender.send(_mail())

    assert len(sink.mails) == 2
    assert sink.connections_made == 2, "the connection with the error is dropped"


def test_a_recipient_refused_with_550_is_permanent_and_the_next_mail_goes_through(sink: SmtpSink, sender: SmtpSender):
    sink.refuse(550, "5.1.1 no such user", to="nobody@example.org", at_recipient=True)

    with pytest.raises(PermanentFailure, match=r"550 5\.1\.1 no such user"):
        sender.send(_mail(recipient="nobody@example.org"))
    sender.send(_mail())

    assert [accepted.recipient for accepted in sink.mails] == ["ada@example.org"]


@pytest.mark.parametrize(("code", "failure"), [(451, TransientFailure), (554, PermanentFailure)])
def test_a_refused_message_fails_as_its_code_says(
    sink: SmtpSink, sender: SmtpSender, code: int, failure: type[Exception]
):
    sink.refuse(code, "rejected", times=1)

    with pytest.raises(failure, match=f"refused the message: {code} rejected"):
        sender.send(_mail())
    sender.send(_mail())

    assert len(sink.mails) == 1


def test_a_421_on_a_new_connection_is_transient(sink: SmtpSink, sender: SmtpSender):
    sink.refuse(421, "too busy", times=1, at_recipient=True)

    with pytest.raises(TransientFailure, match="421 too busy"):
        sender.send(_mail())
    sender.send(_mail())

    assert len(sink.mails) == 1


def test_a_421_on_a_kept_connection_is_answered_with_a_new_connection(sink: SmtpSink, sender: SmtpSender):
    sender.send(_mail())
    sink.refuse(421, "too many mails on this connection", times=1, at_recipient=True)

    sender.send(_mail())

    assert len(sink.mails) == 2


def test_connections_cut_between_two_mails_cause_no_failure(sink: SmtpSink, sender: SmtpSender):
    sender.send(_mail())
    sink.go_away()
    sink.come_back()

    sender.send(_mail())

    assert len(sink.mails) == 2


def test_a_server_that_closes_idle_connections_causes_no_failure():
    with _sink(timeout=1) as sink, _sender_to(sink) as sender:
        sender.send(_mail())
        eventually(lambda: not sink.connections, "the end of the idle connection")
        sender.send(_mail())

        assert len(sink.mails) == 2
        assert sink.connections_made == 2


def test_a_connection_lost_before_the_answer_to_the_message_is_not_repeated_at_once(sink: SmtpSink, sender: SmtpSender):
    mail = _mail()
    sink.drop(after_accepting=True)

    with pytest.raises(TransientFailure, match="may have been accepted"):
        sender.send(mail)
    assert len(sink.mails) == 1, "sent once, although the answer was lost"

    sender.send(mail)
    assert [accepted.message_id for accepted in sink.mails] == [mail.message["Message-ID"]] * 2


def test_a_server_slower_than_the_deadline_is_left_and_the_next_mail_goes_through(sink: SmtpSink):
    with _sender_to(sink, SmtpTimeouts(mail=1.5)) as sender:
        sink.delay(30)
        begun = time.monotonic()
        with pytest.raises(TransientFailure, match="did not answer in time"):
            sender.send(_mail())
        assert 1.4 < time.monotonic() - begun < 10

        sink.behave()
        sender.send(_mail())
        assert len(sink.mails) == 1


def test_a_server_that_is_down_is_a_transient_failure_with_advice(sink: SmtpSink, sender: SmtpSender):
    sink.go_away()

    with pytest.raises(TransientFailure, match=r"cannot connect to 127\.0\.0\.1 port .*: Connection refused") as it:
        sender.send(_mail())
    assert "firewall" in it.value.remedy


def test_a_name_that_does_not_resolve_is_a_transient_failure():
    with pytest.raises(TransientFailure, match=r"cannot find the host nowhere\.invalid"):
        open_sender("smtp://nowhere.invalid:25").send(_mail())


def test_a_name_server_that_never_answers_does_not_outlast_the_deadline(monkeypatch: pytest.MonkeyPatch):
    answered = threading.Event()
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: answered.wait(30))

    sender = open_sender("smtp://mail.example.org", smtp_timeouts=SmtpTimeouts(mail=0.3))
    with pytest.raises(TransientFailure, match="name server did not answer in time"):
        sender.send(_mail())
    answered.set()


def test_a_local_part_outside_ascii_goes_to_a_server_that_supports_it(sink: SmtpSink, sender: SmtpSender):
    sender.send(_mail(recipient="jörg@example.org"))

    (accepted,) = sink.mails
    assert accepted.recipient == "jörg@example.org"
    assert accepted.mail["To"] == "Ada <jörg@example.org>"


def test_a_local_part_outside_ascii_is_permanently_refused_where_it_is_not_supported():
    with _sink(enable_SMTPUTF8=False) as sink, _sender_to(sink) as sender:
        with pytest.raises(PermanentFailure, match="SMTPUTF8"):
            sender.send(_mail(recipient="jörg@example.org"))
        sender.send(_mail(recipient="ada@bücher.example"))

        (accepted,) = sink.mails
        assert accepted.recipient == "ada@xn--bcher-kva.example", "a domain needs no SMTPUTF8"
        assert accepted.mail["To"] == "Ada <ada@xn--bcher-kva.example>"


def test_closing_ends_every_idle_connection_and_refuses_later_mails(sink: SmtpSink):
    sender = open_sender(sink.url)
    hold, sent = threading.Event(), threading.Barrier(3)

    def send_and_stay() -> None:
        sender.send(_mail())
        sent.wait(30)
        hold.wait(30)

    with ThreadPoolExecutor(2) as pool:
        pool.submit(send_and_stay)
        pool.submit(send_and_stay)
        sent.wait(30)
        sender.close()
        hold.set()

    with pytest.raises(TransientFailure, match="closed"):
        sender.send(_mail())
    assert sink.connections_made == 2


def test_a_mail_under_way_is_finished_when_the_sender_is_closed(sink: SmtpSink, sender: SmtpSender):
    sink.heard = lambda mail: sender.close()

    assert sender.send(_mail()).provider_reference == "OK"
    assert len(sink.mails) == 1


def test_a_check_says_that_all_is_well_and_sends_nothing(sink: SmtpSink, sender: SmtpSender):
    findings = sender.check()

    assert {finding.level for finding in findings} == {Level.OK}
    assert sink.mails == []
