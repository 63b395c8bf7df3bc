"""What the SMTP sender makes of a connection that it kept from an earlier mail."""

import threading
import time

import pytest

from identity_service.notification.senders import TransientFailure
from identity_service.notification.senders.smtp import SmtpTimeouts
from tests.services.scripted_smtp import Peer, ScriptedServer, take_one_mail
from tests.services.smtp_mails import new_mail, sender_to
from tests.services.waiting import ever_within


def test_a_kept_connection_that_dies_before_the_message_is_replaced_once():
    def die_at_the_second_mail(peer: Peer) -> None:
        peer.greet()
        peer.agree()
        peer.take_message()
        peer.hear()
        peer.hang_up()

    with ScriptedServer(die_at_the_second_mail, take_one_mail) as server:
        sender = sender_to(server)
        sender.send(new_mail())
        sender.send(new_mail())

        assert server.connections == 2


def test_a_kept_connection_that_dies_after_the_message_is_not_replaced():
    def die_after_the_second_message(peer: Peer) -> None:
        peer.greet()
        peer.agree()
        peer.take_message()
        peer.agree()
        peer.hear_message()
        peer.hang_up()

    with ScriptedServer(die_after_the_second_message, take_one_mail) as server:
        sender = sender_to(server)
        sender.send(new_mail())
        with pytest.raises(TransientFailure, match="may have been accepted"):
            sender.send(new_mail())

        assert server.connections == 1


def test_a_connection_idle_for_long_is_asked_before_it_is_trusted():
    asked: list[str] = []

    def answer_noop(peer: Peer) -> None:
        peer.greet()
        peer.agree()
        peer.take_message()
        asked.append(peer.hear())
        peer.say("250 ok")
        peer.agree()
        peer.take_message()

    with ScriptedServer(answer_noop) as server:
        sender = sender_to(server, SmtpTimeouts(probe_after_idle=0))
        sender.send(new_mail())
        sender.send(new_mail())

    assert asked == ["NOOP"]


def test_an_idle_connection_that_went_silent_is_replaced_quickly():
    def go_silent(peer: Peer) -> None:
        peer.greet()
        peer.agree()
        peer.take_message()
        peer.hear()
        peer.hear()

    def second_sent() -> float:
        with ScriptedServer(go_silent, take_one_mail) as server:
            sender = sender_to(server, SmtpTimeouts(probe_after_idle=0, probe=0.05))
            sender.send(new_mail())
            begun = time.monotonic()
            sender.send(new_mail())
            took = time.monotonic() - begun
            assert server.connections == 2
        return took

    assert ever_within(2, second_sent)


def test_an_answer_nobody_asked_for_is_never_taken_for_the_answer_to_a_mail():
    def say_too_much(peer: Peer) -> None:
        peer.greet()
        peer.agree()
        peer.take_message("250 ok\r\n250 ok\r\n250 ok")
        peer.agree()

    with ScriptedServer(say_too_much, take_one_mail) as server:
        sender = sender_to(server)
        sender.send(new_mail())
        sender.send(new_mail())

        assert server.connections == 2


def test_an_answer_that_comes_between_two_mails_is_not_taken_for_the_next_one():
    sent, spoken = threading.Event(), threading.Event()

    def speak_unasked(peer: Peer) -> None:
        peer.greet()
        peer.agree()
        peer.take_message()
        sent.wait(5)
        peer.say("250 by the way")
        spoken.set()
        peer.agree()

    with ScriptedServer(speak_unasked, take_one_mail) as server:
        sender = sender_to(server)
        sender.send(new_mail())
        sent.set()
        spoken.wait(5)
        sender.send(new_mail())

        assert server.connections == 2


def test_a_sender_that_is_closed_during_a_mail_says_goodbye_after_it():
    afterwards: list[str] = []

    def close_meanwhile(peer: Peer) -> None:
        peer.greet()
        peer.agree()
        sender.close()
        peer.take_message()
        afterwards.append(peer.hear())

    with ScriptedServer(close_meanwhile) as server:
        sender = sender_to(server)
        sender.send(new_mail())
        server.wait()

    assert afterwards == ["QUIT"]
