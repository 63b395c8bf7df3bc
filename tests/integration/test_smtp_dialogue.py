"""The SMTP sender against servers that refuse, cut, drip and talk nonsense."""

import ssl
import threading
import time
import uuid
from email.message import EmailMessage

import pytest

from identity_service.notification.senders import OutgoingMail, PermanentFailure, TransientFailure
from identity_service.notification.senders.smtp import SmtpSender, SmtpServer, SmtpTimeouts, Tls
from tests.services.hands import Hands
from tests.services.scripted_smtp import Peer, ScriptedServer

_QUICK = SmtpTimeouts(command=0.2)
"""For servers that say nothing in time anyway."""


def _sender(server: ScriptedServer, timeouts: SmtpTimeouts | None = None) -> SmtpSender:
    return SmtpSender(SmtpServer("127.0.0.1", server.port, Tls.OFF), timeouts)


def _mail(size: int = 10) -> OutgoingMail:
    message = EmailMessage()
    message["Message-ID"] = f"<{uuid.uuid4()}@example.org>"
    message["To"] = "ada@example.org"
    message.set_content("x" * 60 + "\n" if size == 10 else ("x" * 60 + "\n") * (size // 61))
    return OutgoingMail(uuid.uuid4(), "bounces@example.org", "ada@example.org", message)


def _one_mail(peer: Peer) -> None:
    peer.greet()
    peer.agree()
    peer.take_message()
    peer.hear()


def test_the_receipt_is_what_the_server_called_the_mail():
    with ScriptedServer(_one_mail) as server:
        receipt = _sender(server).send(_mail())

    assert receipt.provider_reference == "2.0.0 Ok: queued as 4F9D195432C"


def test_a_pipelining_server_gets_the_envelope_in_one_write():
    heard: list[bytes] = []

    def listen(peer: Peer) -> None:
        peer.greet("PIPELINING", "SIZE 1000000")
        heard.append(peer.connection.recv(4096))
        peer.say("250 ok", "250 ok", "354 go ahead")
        peer.take_message()

    with ScriptedServer(listen) as server:
        _sender(server).send(_mail())

    commands = heard[0].decode().split("\r\n")
    assert commands[0].startswith("MAIL FROM:<bounces@example.org> SIZE=")
    assert commands[1:] == ["RCPT TO:<ada@example.org>", "DATA", ""]


def test_no_message_follows_a_refused_recipient_even_if_the_server_then_accepts_data():
    after_data: list[str] = []

    def accept_data(peer: Peer) -> None:
        peer.greet("PIPELINING")
        for answer in ("250 ok", "550 no such user", "354 go ahead"):
            peer.hear()
            peer.say(answer)
        after_data.append(peer.hear())

    with ScriptedServer(accept_data) as server:
        with pytest.raises(PermanentFailure, match="550 no such user"):
            _sender(server).send(_mail())
        server.wait()

    assert after_data == [""], "the connection ended without a message, and without its final dot"


def test_a_connection_cut_in_the_middle_of_the_message_is_not_repeated_at_once():
    def cut(peer: Peer) -> None:
        peer.greet()
        peer.agree()
        peer.hear()
        peer.connection.close()

    with ScriptedServer(cut, _one_mail) as server:
        sender = _sender(server)
        with pytest.raises(TransientFailure, match=r"closed the connection \(step: the message\)"):
            sender.send(_mail(size=8_000_000))
        assert server.connections == 1
        sender.send(_mail())
        assert server.connections == 2


def _drip(peer: Peer, text: str, clock: Hands) -> None:
    """A letter a second."""
    for letter in text:
        clock.turn(1)
        peer.connection.sendall(letter.encode())
        time.sleep(0.005)  # or several would arrive as one


def test_a_server_may_take_longer_over_a_message_than_over_a_command(senders_clock: Hands):
    def scan(peer: Peer) -> None:
        peer.greet()
        peer.agree()
        peer.hear_message()
        _drip(peer, "250 ok, after a very long look\r\n", senders_clock)

    with ScriptedServer(scan) as server:
        _sender(server, SmtpTimeouts(mail=45, command=20)).send(_mail())


def test_a_server_that_drips_its_answer_does_not_outlast_the_deadline(senders_clock: Hands):
    def drip(peer: Peer) -> None:
        peer.say("220 ready")
        peer.hear()
        _drip(peer, "2" * 900, senders_clock)

    with (
        ScriptedServer(drip) as server,
        pytest.raises(TransientFailure, match=r"did not answer in time \(step: EHLO\)"),
    ):
        _sender(server).send(_mail())


def test_a_server_that_reads_nothing_does_not_outlast_the_deadline():
    left = threading.Event()

    def stop_reading(peer: Peer) -> None:
        peer.greet()
        peer.agree()
        left.wait(30)

    with ScriptedServer(stop_reading) as server:
        begun = time.monotonic()
        with pytest.raises(TransientFailure, match=r"did not answer in time \(step: the message\)"):
            _sender(server, SmtpTimeouts(mail=1.5)).send(_mail(size=8_000_000))
        assert time.monotonic() - begun < 10
        left.set()


@pytest.mark.parametrize(
    ("greeting", "words"),
    [
        ("554 5.7.1 go away", "refused the connection: 554 5.7.1 go away"),
        ("421 come back later", "refused the connection: 421 come back later"),
        ("HTTP/1.1 400 Bad Request", "an answer that is not SMTP"),
        ("220-" + "x" * 10_000, "endless line"),
        ("220-x\r\n" * 20_000, "closed the connection .*does not end"),
    ],
    ids=["554", "421", "http", "long line", "endless"],
)
def test_a_refused_or_senseless_greeting_is_the_servers_fault_not_the_mails(greeting: str, words: str):
    with (
        ScriptedServer(lambda peer: (peer.say(greeting), peer.hear())) as server,
        pytest.raises(TransientFailure, match=words),
    ):
        _sender(server).send(_mail())


def test_a_silent_server_is_told_apart_with_advice_on_tls():
    def say_nothing(peer: Peer) -> None:
        peer.hear()

    with ScriptedServer(say_nothing) as server:
        (finding,) = _sender(server, _QUICK).check()

    assert "did not answer in time" in finding.text
    assert "smtps://" in finding.remedy


def test_a_quoted_code_and_line_breaks_never_reach_the_failures_text():
    def quote(peer: Peer) -> None:
        peer.greet()
        peer.agree()
        peer.take_message("550-spam: your code is 123456\x1b[31m\r\n550 " + "tokentoken" * 5 + " " + "y" * 2000)

    with ScriptedServer(quote) as server, pytest.raises(PermanentFailure) as it:
        _sender(server).send(_mail())

    assert "550 spam: your code is *** [31m ***" in it.value.text
    assert it.value.text.isprintable()
    assert len(it.value.text) <= 300


def test_an_encrypted_port_addressed_in_the_clear_is_refused_as_configuration():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

    def expect_tls(peer: Peer) -> None:
        with pytest.raises(ssl.SSLError):
            context.wrap_socket(peer.connection, server_side=True)

    with ScriptedServer(expect_tls) as server, pytest.raises(TransientFailure):
        _sender(server, _QUICK).send(_mail())
