"""The sender that prints."""

import io
import uuid
from email.message import EmailMessage

import pytest

from identity_service.notification.senders import Level, OutgoingMail, TransientFailure, open_sender
from identity_service.notification.senders.console import ConsoleSender


def _mail(text: str = "Your code is 123456.\n") -> OutgoingMail:
    message = EmailMessage()
    message["From"] = "no-reply@example.org"
    message["To"] = "ada@example.org"
    message["Subject"] = "رمز الدخول"
    message.set_content(text)
    message.add_alternative("<p>html</p>", subtype="html")
    return OutgoingMail(uuid.uuid4(), "bounces@example.org", "ada@example.org", message)


def test_a_mail_is_printed_for_people_to_read(capsys: pytest.CaptureFixture[str]):
    receipt = open_sender("console:").send(_mail())

    printed = capsys.readouterr().out
    assert "To: ada@example.org\n" in printed
    assert "Subject: رمز الدخول\n" in printed
    assert "Your code is 123456.\n" in printed
    assert "<p>" not in printed
    assert receipt.provider_reference == "console"


def test_a_mail_cannot_command_the_terminal():
    stream = io.StringIO()

    ConsoleSender(stream).send(_mail("a\x1b]0;title\x07b\tc\u009bd\n"))

    assert "a]0;titleb\tcd\n" in stream.getvalue()


def test_a_terminal_that_knows_only_ascii_still_gets_the_mail():
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")

    ConsoleSender(stream).send(_mail("café\n"))

    stream.seek(0)
    assert "caf\\xe9" in stream.read()


def test_a_closed_output_is_a_transient_failure():
    stream = io.StringIO()
    stream.close()

    with pytest.raises(TransientFailure, match="cannot print the mail"):
        ConsoleSender(stream).send(_mail())


def test_the_console_is_always_fine():
    (finding,) = ConsoleSender().check()

    assert finding.level is Level.OK
