"""What a mail looks like on the wire, before any server is involved."""

import uuid
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity_service.notification.senders import OutgoingMail, PermanentFailure
from identity_service.notification.senders.content import content_of
from identity_service.notification.senders.failures import SendFailed, one_line, without_secrets
from identity_service.notification.senders.smtp.transaction import dot_stuffed


def _mail(recipient: str = "ada@example.org", text: str = "Hello\n", sender: str = "b@example.org"):
    message = EmailMessage()
    message["From"] = "no-reply@example.org"
    message["To"] = "ada@example.org"
    message.set_content(text, cte="8bit" if text.isascii() else None)
    return OutgoingMail(uuid.uuid4(), sender, recipient, message)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=200))
def test_any_text_is_written_as_ascii_lines_that_end_with_crlf(text: str):
    data = content_of(_mail(text=text)).data

    assert data.isascii()
    assert data.endswith(b"\r\n")
    assert data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r")
    parsed = message_from_bytes(data, policy=policy.default)
    assert parsed.get_content().replace("\r\n", "\n").rstrip("\n") == text.rstrip("\n")


def test_bare_line_breaks_cannot_smuggle_the_end_of_a_mail():
    mail = _mail()
    mail.message.set_payload("a\n.\nb\r.\rc\r\n.\r\nd")

    written = dot_stuffed(content_of(mail).data)

    assert b"\r\n.\r\n" not in written
    assert written.endswith(b"a\r\n..\r\nb\r\n..\r\nc\r\n..\r\nd\r\n")


@given(st.lists(st.sampled_from([b"", b".", b"..", b".a", b"a.", b"a"])))
def test_a_receiver_that_removes_dots_sees_the_original(lines: list[bytes]):
    data = b"".join(line + b"\r\n" for line in lines)

    stuffed = dot_stuffed(data).split(b"\r\n")

    assert b"." not in stuffed
    assert b"\r\n".join(line.removeprefix(b".") for line in stuffed) == data


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.org> SIZE=1",
        "ada@example.org\r\nDATA",
        "ada\n@example.org",
        "<ada@example.org>",
        "ada lovelace@example.org",
        "ada\u202e@example.org",
        "ada",
        "@example.org",
        "ada@",
        "ada@exa\u2044mple.org",
    ],
)
def test_an_address_that_could_end_a_command_is_refused_for_good(address: str):
    with pytest.raises(PermanentFailure, match="address"):
        content_of(_mail(recipient=address))
    with pytest.raises(PermanentFailure, match="address"):
        content_of(_mail(sender=address))


def test_mail_without_a_sender_to_bounce_to_is_allowed():
    assert content_of(_mail(sender="")).envelope_from == ""


def test_only_a_local_part_outside_ascii_needs_smtputf8():
    assert not content_of(_mail("ada@bücher.example")).utf8
    assert content_of(_mail("jörg@example.org")).utf8


def test_a_domain_keeps_its_meaning_when_it_is_written_in_ascii():
    assert content_of(_mail("ada@straße.example")).recipient == "ada@xn--strae-oqa.example", "not strasse"


def test_headers_get_ascii_domains_without_a_change_to_the_message_given():
    mail = _mail("ada@bücher.example")
    mail.message.replace_header("To", Address("Ädä", "ada", "bücher.example"))

    data = content_of(mail).data

    parsed = message_from_bytes(data, policy=policy.default)
    assert parsed["To"] == "Ädä <ada@xn--bcher-kva.example>"
    assert mail.message["To"] == "Ädä <ada@bücher.example>"


def test_a_message_that_cannot_be_written_is_refused_without_its_content():
    mail = _mail()
    mail.message.set_payload([object()])

    with pytest.raises(PermanentFailure, match="cannot be written as a mail: AttributeError"):
        content_of(mail)


def test_the_same_message_is_written_the_same_every_time():
    mail = _mail(text="مرحبا\n")

    assert content_of(mail) == content_of(mail)


@given(st.text())
def test_a_failures_text_is_one_short_printable_line(text: str):
    failure = SendFailed(text, text)

    assert failure.text.isprintable()
    assert failure.remedy.isprintable()
    assert len(failure.text) <= 300
    assert str(failure) == failure.text == one_line(failure.text)


def test_codes_and_tokens_are_hidden_and_ordinary_numbers_are_not():
    said = without_secrets("550 5.7.1 spam 123456 at 1700000000 " + "Ab-_" * 16)

    assert said == "550 5.7.1 spam *** at 1700000000 ***"
