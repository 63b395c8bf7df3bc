"""Several mails at once: one connection, one round trip each, and every failure alone."""

import threading
import uuid
from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from identity_service.notification.senders import (
    MailParts,
    NotTried,
    OutgoingMail,
    PermanentFailure,
    ReadyMessage,
    SenderDown,
    SendReceipt,
    SendResult,
    TransientFailure,
)
from identity_service.notification.senders.smtp import SmtpSender, SmtpServer, SmtpTimeouts, Tls
from tests.services.hands import Hands
from tests.services.places import free_port
from tests.services.scripted_smtp import Peer, ScriptedServer
from tests.services.smtp import SmtpSink


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    running = SmtpSink()
    yield running
    running.close()


def _sender(port: int, timeouts: SmtpTimeouts | None = None) -> SmtpSender:
    return SmtpSender(SmtpServer("127.0.0.1", port, Tls.OFF), timeouts)


def _parts() -> MailParts:
    return MailParts("no-reply@example.org", "ada@example.org", "A notice", "Hello\n", None, {})


def _mail(recipient: str = "ada@example.org") -> OutgoingMail:
    data = f"From: no-reply@example.org\r\nTo: {recipient}\r\nSubject: A notice\r\n\r\nHello\r\n.hidden\r\n".encode()
    return OutgoingMail(uuid.uuid4(), "bounces@example.org", recipient, ReadyMessage(data, _parts))


def _kinds(results: list[SendResult]) -> list[type]:
    return [type(result) for result in results]


def _take(peer: Peer) -> None:
    """A whole mail of a client that pipelines."""
    peer.agree()
    peer.take_message()


def test_many_ready_messages_arrive_in_order_over_one_connection(sink: SmtpSink):
    mails = [_mail(f"reader{number}@example.org") for number in range(50)]

    results = _sender(sink.port).send_many(mails)

    assert _kinds(results) == [SendReceipt] * 50
    assert [mail.recipient for mail in sink.mails] == [mail.recipient for mail in mails]
    assert sink.mails[0].mail.get_content().splitlines() == ["Hello", ".hidden"]
    assert sink.connections_made == 1


def test_the_next_envelope_leaves_with_the_message_before_it():
    heard: list[bytes] = []

    def listen(peer: Peer) -> None:
        peer.greet("PIPELINING")
        peer.agree()
        heard.append(peer.connection.recv(4096))
        peer.say("250 ok", "250 ok", "250 ok", "354 go ahead")
        heard.append(peer.connection.recv(4096))
        peer.say("250 ok")

    with ScriptedServer(listen) as server:
        results = _sender(server.port).send_many([_mail(), _mail("bob@example.org")])

    assert _kinds(results) == [SendReceipt] * 2
    assert heard[0].endswith(b"\r\n.\r\nMAIL FROM:<bounces@example.org>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n")


@pytest.mark.parametrize("extension", ["PIPELINING", "HELP"])
def test_a_refused_recipient_fails_alone_and_the_connection_stays_in_step(extension: str):
    reset: list[str] = []

    def refuse_the_second(peer: Peer) -> None:
        peer.greet(extension)
        _take(peer)
        for answer in ("250 ok", "550 no such user", "503 no valid recipients")[
            : 3 if extension == "PIPELINING" else 2
        ]:
            peer.hear()
            peer.say(answer)
        reset.append(peer.hear())
        peer.say("250 ok")
        _take(peer)

    with ScriptedServer(refuse_the_second) as server:
        results = _sender(server.port).send_many([_mail(), _mail("nobody@example.org"), _mail()])

    assert _kinds(results) == [SendReceipt, PermanentFailure, SendReceipt]
    assert reset == ["RSET"]
    assert server.connections == 1


def test_a_refused_message_fails_alone(sink: SmtpSink):
    sink.refuse(450, to="slow@example.org")
    sink.refuse(554, to="bad@example.org")

    results = _sender(sink.port).send_many(
        [_mail(to) for to in ("a@x.org", "slow@example.org", "bad@example.org", "b@x.org")]
    )

    assert _kinds(results) == [SendReceipt, TransientFailure, PermanentFailure, SendReceipt]
    assert [mail.recipient for mail in sink.mails] == ["a@x.org", "b@x.org"]
    assert sink.connections_made == 1


def test_an_address_that_cannot_be_written_fails_before_anything_is_sent(sink: SmtpSink):
    results = _sender(sink.port).send_many([_mail("no address"), _mail()])

    assert _kinds(results) == [PermanentFailure, SendReceipt]


def test_a_connection_lost_between_two_mails_is_replaced():
    def take_one_and_close(peer: Peer) -> None:
        peer.greet("PIPELINING")
        _take(peer)
        peer.say("421 enough for one connection")

    with ScriptedServer(take_one_and_close, take_one_and_close, take_one_and_close) as server:
        results = _sender(server.port).send_many([_mail(), _mail(), _mail()])

    assert _kinds(results) == [SendReceipt] * 3
    assert server.connections == 3


def test_an_answer_nobody_asked_for_is_never_taken_for_the_answer_to_a_mail():
    def say_too_much(peer: Peer) -> None:
        peer.greet("PIPELINING")
        peer.agree()
        peer.hear_message()
        peer.say("250 ok", "250 by the way", "250 ok", "250 ok", "354 go ahead", "250 ok")
        peer.hear()

    def take_one(peer: Peer) -> None:
        peer.greet("PIPELINING")
        _take(peer)

    with ScriptedServer(say_too_much, take_one) as server:
        results = _sender(server.port).send_many([_mail(), _mail()])

        assert _kinds(results)[1] is SendReceipt
        assert server.connections == 2


def test_a_message_whose_answer_is_lost_is_not_repeated_and_the_others_go_on():
    def hang_up_after_the_message(peer: Peer) -> None:
        peer.greet("PIPELINING")
        peer.agree()
        peer.hear_message()
        peer.hang_up()

    def take_one(peer: Peer) -> None:
        peer.greet("PIPELINING")
        _take(peer)

    with ScriptedServer(hang_up_after_the_message, take_one) as server:
        results = _sender(server.port).send_many([_mail(), _mail()])

    assert _kinds(results)[1] is SendReceipt
    assert "may have been accepted" in str(results[0])


def test_a_server_that_is_down_is_asked_once_for_all():
    with ScriptedServer() as server:
        port = server.port

    results = _sender(port).send_many([_mail()] * 5)

    assert {id(result) for result in results} == {id(results[0])}
    assert isinstance(results[0], TransientFailure)


def test_a_server_that_takes_no_mail_on_three_connections_is_left_alone():
    def hang_up(peer: Peer) -> None:
        peer.greet()
        peer.hear()
        peer.hang_up()

    with ScriptedServer(*[hang_up] * 9) as server:
        results = _sender(server.port).send_many([_mail()] * 9)

        assert server.connections == 3
    assert all(isinstance(result, TransientFailure) for result in results)


def test_mails_that_no_time_is_left_for_are_not_tried(sink: SmtpSink, senders_clock: Hands):
    sink.heard = lambda mail: senders_clock.turn(110)

    results = _sender(sink.port, SmtpTimeouts(mail=450, command=450)).send_many([_mail() for _ in range(5)])

    assert _kinds(results) == [SendReceipt] * 3 + [NotTried] * 2
    assert len(sink.mails) == 3


def test_a_mail_is_tried_however_long_the_connection_took(senders_clock: Hands):
    def take_long_to_greet(peer: Peer) -> None:
        senders_clock.turn(40)
        peer.greet("PIPELINING")
        peer.agree()
        peer.take_message()

    with ScriptedServer(take_long_to_greet) as server:
        results = _sender(server.port).send_many([_mail(), _mail()])

    assert _kinds(results) == [SendReceipt, NotTried]


@pytest.mark.parametrize(("extension", "last"), [("PIPELINING", "DATA"), ("HELP", "QUIT")])
def test_once_mails_are_called_off_none_is_begun(extension: str, last: str):
    """Where the server already waits for a message nothing more is said: it would pass for one."""
    wanted, heard = threading.Event(), []
    wanted.set()

    def take_one_and_be_ready_for_another(peer: Peer) -> None:
        peer.greet(extension)
        peer.agree()
        peer.hear_message()
        wanted.clear()
        peer.say("250 ok", *(["250 ok", "250 ok", "354 go ahead"] if extension == "PIPELINING" else []))
        heard.extend(iter(peer.hear, ""))

    with ScriptedServer(take_one_and_be_ready_for_another) as server:
        sender = _sender(server.port)
        results = sender.send_many([_mail()] * 3, wanted.is_set)
        sender.close()
        server.wait()

    assert _kinds(results) == [SendReceipt, NotTried, NotTried]
    assert heard[-1] == last


def test_mails_that_are_still_to_be_written_go_the_same_way(sink: SmtpSink):
    message = EmailMessage()
    message["To"] = "ada@example.org"
    message.set_content("Hello\n")

    results = _sender(sink.port).send_many([OutgoingMail(uuid.uuid4(), "", "ada@example.org", message), _mail()])

    assert _kinds(results) == [SendReceipt] * 2


def test_where_nobody_listens_no_mail_is_to_blame():
    assert _kinds(_sender(free_port()).send_many([_mail() for _ in range(3)])) == [SenderDown] * 3


def test_a_refused_sender_address_blames_no_mail():
    def refuse(peer: Peer) -> None:
        peer.greet()
        while peer.hear():
            peer.say("550 5.4.5 Daily user sending limit exceeded")

    with ScriptedServer(refuse) as server:
        assert _kinds(_sender(server.port).send_many([_mail() for _ in range(3)])) == [SenderDown] * 3
