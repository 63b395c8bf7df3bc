"""Resend's sender posts mails one by one, each accepted once."""

import uuid
from email.message import EmailMessage

import pytest

from identity_service.notification.senders import MailParts, OutgoingMail, ReadyMessage, SendReceipt
from tests.services.resend import ResendServer
from tests.services.resend_mails import PATIENT, new_mail, sender_to


def test_a_mail_is_posted_in_its_parts_under_its_own_key(resend: ResendServer):
    mail = new_mail("ada@bücher.example")

    receipt = sender_to(resend).send(mail)

    (posted,) = resend.mails
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
    assert resend.requests[0].key == str(mail.notification_id)


def test_a_ready_message_is_posted_without_being_read_back(resend: ResendServer):
    parts = MailParts("no-reply@example.org", "ada@example.org", "News", None, "<p>x</p>", {"List-Unsubscribe": "<u>"})
    mail = OutgoingMail(uuid.uuid4(), "", "ada@example.org", ReadyMessage(b"not looked at", lambda: parts))

    sender_to(resend).send(mail)

    assert resend.mails[0]["html"] == "<p>x</p>"
    assert resend.mails[0]["headers"] == {"List-Unsubscribe": "<u>"}


def test_mails_of_all_threads_share_kept_connections(resend: ResendServer):
    sender = sender_to(resend)
    for _ in range(5):
        sender.send(new_mail())

    assert resend.connections == 1


def test_a_mail_whose_answer_was_lost_is_repeated_and_accepted_once(resend: ResendServer):
    resend.reset(after_accepting=True)

    receipt = sender_to(resend, PATIENT).send(new_mail())

    assert receipt.provider_reference
    assert len(resend.mails) == 1
    assert len(resend.requests) == 2


def test_a_mail_that_was_accepted_with_other_words_counts_as_sent(resend: ResendServer):
    mail, sender = new_mail(), sender_to(resend)
    sender.send(mail)
    assert isinstance(mail.message, EmailMessage)
    mail.message.replace_header("Subject", "The template has changed")

    assert sender.send(mail) == SendReceipt("")
    assert len(resend.mails) == 1


@pytest.mark.parametrize("number", [1, 2], ids=["single", "batch"])
def test_a_success_that_is_not_resends_is_asked_for_again_under_the_same_key(resend: ResendServer, number: int):
    """Whoever stands in between may say 200 and have accepted nothing."""
    page = b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n<p>Hello.</p>"
    resend.faults.append(lambda handler: handler.wfile.write(page) and None)

    results = sender_to(resend, PATIENT).send_many([new_mail() for _ in range(number)])

    assert all(isinstance(result, SendReceipt) and result.provider_reference for result in results)
    assert len(resend.mails) == number
