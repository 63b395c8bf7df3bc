"""The message a sender gets: headers, alternatives, encodings."""

import re
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8, default
from typing import Any
from uuid import UUID

import pytest

from identity_service.notification.kinds import Kind
from identity_service.notification.rendering.compose import NOTIFICATION_ID_HEADER, Composer
from identity_service.notification.rendering.mailbox_address import AddressRefusedError, MailboxAddress
from identity_service.notification.rendering.rendered import RenderedMail
from identity_service.notification.rendering.renderer import Renderer

ID = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
AT = datetime(2025, 3, 3, 14, 5, 7, tzinfo=UTC)


def _compose(mail: RenderedMail, sender: str = "Example <no-reply@example.com>", **changes: Any) -> EmailMessage:
    arguments: dict[str, Any] = {
        "notification_id": ID,
        "recipient": "amina@example.org",
        "sent_at": AT,
    } | changes
    return Composer(sender).compose(mail, **arguments)


def _sent(message: EmailMessage) -> EmailMessage:
    """The message as the other side reads it."""
    received = message_from_bytes(message.as_bytes(), policy=default)
    assert isinstance(received, EmailMessage)
    return received


def _content(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    assert isinstance(part, EmailMessage)
    return str(part.get_content()).replace("\r\n", "\n")


PLAIN = RenderedMail("Hello", "<p>Hello</p>\n", "Hello\n", "en")


def test_headers_say_who_what_when_and_that_a_machine_wrote(mail: RenderedMail, locale: str) -> None:
    assert dict(_sent(_compose(mail)).items()) == {
        "From": "Example <no-reply@example.com>",
        "To": "amina@example.org",
        "Subject": mail.subject,
        "Date": "Mon, 03 Mar 2025 14:05:07 +0000",
        "Message-ID": f"<{ID}@example.com>",
        NOTIFICATION_ID_HEADER: str(ID),
        "Content-Language": locale,
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
        "Content-Type": 'multipart/alternative; boundary="=_alternatives"',
    }


def test_both_alternatives_arrive_unchanged_text_first(mail: RenderedMail) -> None:
    sent = _sent(_compose(mail))
    assert [part.get_content_type() for part in sent.iter_parts()] == ["text/plain", "text/html"]
    assert _content(sent, "plain") == mail.text
    assert _content(sent, "html").rstrip("\n") == mail.html.rstrip("\n")
    assert all(part["Content-Transfer-Encoding"] == "quoted-printable" for part in sent.iter_parts())
    assert sent.defects == []


def test_every_line_is_short_ascii_and_ends_in_crlf(mail: RenderedMail) -> None:
    data = _compose(mail).as_bytes()
    assert data.isascii()
    assert data.count(b"\n") == data.count(b"\r\n") == data.count(b"\r")
    assert max(map(len, data.split(b"\r\n"))) <= 78


def test_a_long_line_is_wrapped_and_read_back_whole() -> None:
    long = RenderedMail(
        "Hello", "<p>" + "x=é " * 2000 + "</p>\n", "y" * 5000 + " \n.\nFrom me\n--=_alternatives--\n", "en"
    )
    sent = _sent(_compose(long))
    assert _content(sent, "plain") == long.text
    assert _content(sent, "html") == long.html
    assert max(map(len, _compose(long).as_bytes().split(b"\r\n"))) <= 78


def test_the_same_arguments_give_the_same_bytes(mail: RenderedMail) -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=5)))
    assert _compose(mail).as_bytes() == _compose(mail, sent_at=elsewhere).as_bytes()


def test_one_composer_keeps_mails_apart() -> None:
    composer = Composer("Example <no-reply@example.com>")
    first = composer.compose(PLAIN, notification_id=ID, recipient="a@example.org", sent_at=AT)
    composer.compose(PLAIN, notification_id=UUID(int=7), recipient="b@example.org", sent_at=AT).as_bytes()
    assert first.as_bytes() == _compose(PLAIN, recipient="a@example.org").as_bytes()


def test_what_a_mail_must_show_survives_the_wire(
    renderer: Renderer, mail: RenderedMail, kind: Kind, locale: str
) -> None:
    text = _content(_sent(_compose(mail)), "plain")
    sample = renderer.sample(kind, locale)
    for name in sample.must_show:
        assert set(vars(sample)[name].splitlines()) <= set(text.splitlines())


def test_an_international_domain_is_written_in_ascii() -> None:
    message = _compose(PLAIN, sender="Bücher <post@bücher.example>", recipient="amina@faß.example")
    sent = _sent(message)
    assert sent["To"] == "amina@xn--fa-hia.example"
    assert sent["From"] == "Bücher <post@xn--bcher-kva.example>"
    assert sent["Message-ID"] == f"<{ID}@xn--bcher-kva.example>"
    assert message.as_bytes().isascii()
    assert message.policy is SMTP


def test_a_local_part_beyond_ascii_asks_for_smtputf8() -> None:
    message = _compose(PLAIN, recipient="أمينة@مثال.example")
    assert message.policy is SMTPUTF8
    assert message["To"].addresses[0].username == "أمينة"
    assert "To: أمينة@xn--mgbh0fb.example\r\n".encode() in message.as_bytes()


def test_the_usual_odd_characters_of_a_local_part_are_kept() -> None:
    sent = _sent(_compose(PLAIN, recipient="o'neill+mail/1=2.x@example.org"))
    assert [address.addr_spec for address in sent["To"].addresses] == ["o'neill+mail/1=2.x@example.org"]


@pytest.mark.parametrize(
    "recipient",
    [
        "",
        "amina",
        "@example.org",
        "amina@",
        "a@example.org\r\nBcc: b@example.org",
        "a b@example.org",
        "a\x00@example.org",
        "a@exa\nmple.org",
        "a@..例",
        "a@example.org, b@example.org",
        "a@example.org,b@example.org",
        '"a"@example.org',
        "a@exa<mple.org",
        "a@example..org",
    ],
)
def test_what_is_no_address_is_refused_without_being_repeated(recipient: str) -> None:
    with pytest.raises(AddressRefusedError) as refused:
        _compose(PLAIN, recipient=recipient)
    assert not recipient or recipient not in str(refused.value)


@pytest.mark.parametrize(
    "sender",
    [
        "",
        "Example",
        "Example <>",
        "a@example.com, b@example.com",
        "Example <no-reply@example.com>\r\nBcc: b@example.org",
    ],
)
def test_a_sender_that_is_no_address_is_refused(sender: str) -> None:
    with pytest.raises(AddressRefusedError):
        Composer(sender)


def test_a_sender_may_be_bare_or_have_a_name_in_any_script() -> None:
    assert MailboxAddress.parse("no-reply@Example.com").address == "no-reply@example.com"
    assert Composer("مثال <no-reply@example.com>").envelope_from == "no-reply@example.com"
    sent = _sent(_compose(PLAIN, sender='"Example, Inc." <no-reply@example.com>'))
    assert sent["From"].addresses[0].display_name == "Example, Inc."


def test_a_subject_with_a_line_break_is_refused() -> None:
    with pytest.raises(ValueError, match="one line"):
        _compose(RenderedMail("Hello\r\nBcc: b@example.org", "", "", "en"))


def test_unsubscribing_takes_one_click() -> None:
    sent = _sent(_compose(PLAIN, unsubscribe_url="https://example.com/u/" + "a" * 200))
    assert sent["List-Unsubscribe"] == "<https://example.com/u/" + "a" * 200 + ">"
    assert sent["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "List-Unsubscribe" not in _sent(_compose(PLAIN))


@pytest.mark.parametrize("url", ["", "mailto:a@example.com", "https://a.example/\r\nBcc: b", "https://a.example/>,<x"])
def test_an_unsubscribe_link_that_breaks_the_header_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="unsubscribe"):
        _compose(PLAIN, unsubscribe_url=url)


def test_no_header_tells_the_code(mail: RenderedMail) -> None:
    head = _compose(mail).as_bytes().split(b"\r\n\r\n")[0].decode()
    assert not re.search(r"\b(048213|730416)\b", head)
    assert "Amina" not in head
