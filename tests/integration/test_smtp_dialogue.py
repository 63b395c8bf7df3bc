"""The SMTP sender against servers that refuse, cut, drip and talk nonsense."""

import ssl
import threading
import time
from dataclasses import replace

import pytest

from identity_service.notification.senders import PermanentFailure, SendFailed, TransientFailure
from identity_service.notification.senders.smtp import SmtpTimeouts
from tests.services.hands import Hands
from tests.services.scripted_smtp import Peer, ScriptedServer, take_one_mail
from tests.services.smtp_mails import new_mail, sender_to

_QUICK = SmtpTimeouts(command=0.2)
"""For servers that say nothing in time anyway."""


def test_the_receipt_is_what_the_server_called_the_mail():
    with ScriptedServer(take_one_mail) as server:
        receipt = sender_to(server).send(new_mail())

    assert receipt.provider_reference == "2.0.0 Ok: queued as 4F9D195432C"


def test_a_pipelining_server_gets_the_envelope_in_one_write():
    heard: list[bytes] = []

    def listen(peer: Peer) -> None:
        peer.greet("PIPELINING", "SIZE 1000000")
        heard.append(peer.connection.recv(4096))
        peer.say("250 ok", "250 ok", "354 go ahead")
        peer.take_message()

    with ScriptedServer(listen) as server:
        sender_to(server).send(new_mail())

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
            sender_to(server).send(new_mail())
        server.wait()

    assert after_data == [""], "the connection ended without a message, and without its final dot"


def _answer_to_sender(answer: str, *extensions: str, recipient: str = "ada@example.org") -> SendFailed:
    def refuse_the_sender(peer: Peer) -> None:
        peer.greet(*extensions)
        for each in (answer, "503 MAIL first", "503 MAIL first"):
            peer.hear()
            peer.say(each)

    with ScriptedServer(refuse_the_sender) as server, pytest.raises(SendFailed, match="refused the sender") as it:
        sender_to(server).send(replace(new_mail(), recipient=recipient))
    return it.value


@pytest.mark.parametrize("extension", ["PIPELINING", "HELP"])
@pytest.mark.parametrize(
    "answer",
    [
        "550 5.4.5 Daily user sending limit exceeded",
        "553 5.7.1 not owned by user",
        "552 5.2.2 over quota",
        "555 5.5.2 syntax error",
        "550 no",
    ],
)
def test_a_refused_sender_address_is_the_operators_to_mend_and_blames_no_mail(answer: str, extension: str):
    failure = _answer_to_sender(answer, extension, "SIZE 1000000", "SMTPUTF8")

    assert isinstance(failure, TransientFailure)
    assert answer in failure.text
    assert "From address" in failure.remedy


@pytest.mark.parametrize("extension", ["PIPELINING", "HELP"])
@pytest.mark.parametrize("answer", ["552 5.3.4 too big", "550-5.2.3 too\r\n550 5.2.3 long", "552 too big"])
def test_a_mail_that_is_too_big_is_refused_for_good_where_its_size_is_told(answer: str, extension: str):
    assert isinstance(_answer_to_sender(answer, extension, "SIZE 10"), PermanentFailure)


def test_a_server_that_was_told_no_size_blames_the_sender_for_too_much():
    assert isinstance(_answer_to_sender("552 exceeded storage allocation"), TransientFailure)


@pytest.mark.parametrize("answer", ["553 5.6.7 address not permitted", "553 no", "555 no", "555 5.5.4 no SMTPUTF8"])
def test_a_mail_whose_script_is_refused_is_refused_for_good(answer: str):
    failure = _answer_to_sender(answer, "SMTPUTF8", recipient="jörg@example.org")

    assert isinstance(failure, PermanentFailure)


def test_a_connection_cut_in_the_middle_of_the_message_is_not_repeated_at_once():
    def cut(peer: Peer) -> None:
        peer.greet()
        peer.agree()
        peer.hear()
        peer.connection.close()

    with ScriptedServer(cut, take_one_mail) as server:
        sender = sender_to(server)
        with pytest.raises(TransientFailure, match=r"closed the connection \(step: the message\)"):
            sender.send(new_mail(size=8_000_000))
        assert server.connections == 1
        sender.send(new_mail())
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
        sender_to(server, SmtpTimeouts(mail=45, command=20)).send(new_mail())


def test_a_server_that_drips_its_answer_does_not_outlast_the_deadline(senders_clock: Hands):
    def drip(peer: Peer) -> None:
        peer.say("220 ready")
        peer.hear()
        _drip(peer, "2" * 900, senders_clock)

    with (
        ScriptedServer(drip) as server,
        pytest.raises(TransientFailure, match=r"did not answer in time \(step: EHLO\)"),
    ):
        sender_to(server).send(new_mail())


def test_a_server_that_reads_nothing_does_not_outlast_the_deadline():
    left = threading.Event()

    def stop_reading(peer: Peer) -> None:
        peer.greet()
        peer.agree()
        left.wait(30)

    with ScriptedServer(stop_reading) as server:
        begun = time.monotonic()
        with pytest.raises(TransientFailure, match=r"did not answer in time \(step: the message\)"):
            sender_to(server, SmtpTimeouts(mail=1.5)).send(new_mail(size=8_000_000))
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
        sender_to(server).send(new_mail())


def test_a_silent_server_is_told_apart_with_advice_on_tls():
    def say_nothing(peer: Peer) -> None:
        peer.hear()

    with ScriptedServer(say_nothing) as server:
        (finding,) = sender_to(server, _QUICK).check()

    assert "did not answer in time" in finding.text
    assert "smtps://" in finding.remedy


def test_a_quoted_code_and_line_breaks_never_reach_the_failures_text():
    def quote(peer: Peer) -> None:
        peer.greet()
        peer.agree()
        peer.take_message("550-spam: your code is 123456\x1b[31m\r\n550 " + "tokentoken" * 5 + " " + "y" * 2000)

    with ScriptedServer(quote) as server, pytest.raises(PermanentFailure) as it:
        sender_to(server).send(new_mail())

    assert "550 spam: your code is *** [31m ***" in it.value.text
    assert it.value.text.isprintable()
    assert len(it.value.text) <= 300


def test_an_encrypted_port_addressed_in_the_clear_is_refused_as_configuration():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

    def expect_tls(peer: Peer) -> None:
        with pytest.raises(ssl.SSLError):
            context.wrap_socket(peer.connection, server_side=True)

    with ScriptedServer(expect_tls) as server, pytest.raises(TransientFailure):
        sender_to(server, _QUICK).send(new_mail())
