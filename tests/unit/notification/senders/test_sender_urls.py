"""Which sender a URL opens, and what is said about a wrong one."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity_service.notification.senders import open_sender
from identity_service.notification.senders.capture import CaptureSender
from identity_service.notification.senders.console import ConsoleSender
from identity_service.notification.senders.file import FileSender
from identity_service.notification.senders.resend import ResendAccount, ResendSender, resend_account_from_url
from identity_service.notification.senders.smtp import SmtpSender, SmtpServer, Tls, smtp_server_from_url


def test_each_scheme_opens_its_sender(tmp_path: Path):
    assert isinstance(open_sender("smtp://localhost"), SmtpSender)
    assert isinstance(open_sender("smtps://mail.example.org"), SmtpSender)
    assert isinstance(open_sender(f"file:{tmp_path}"), FileSender)
    assert isinstance(open_sender("console:"), ConsoleSender)
    assert isinstance(open_sender("resend://re_12345678@api.resend.com"), ResendSender)
    assert isinstance(open_sender(f"capture:{tmp_path}"), CaptureSender)


def test_opening_a_folder_writes_nothing(tmp_path: Path):
    open_sender(f"file:{tmp_path / 'mails'}")
    open_sender(f"capture:{tmp_path / 'mails'}")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("capture:/var/mails", "/var/mails"),
        ("capture:///var/my%20mails", "/var/my mails"),
        ("capture:mails", "mails"),
        ("capture:", "/default"),
    ],
)
def test_a_folder_is_named_with_or_without_slashes(url: str, path: str):
    sender = open_sender(url, default_mailbox=Path("/default"))

    assert isinstance(sender, CaptureSender)
    assert sender.path == Path(path)


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.org", SmtpServer("mail.example.org", 25, Tls.REQUIRED)),
        ("smtp://mail.example.org:587?starttls=auto", SmtpServer("mail.example.org", 587, Tls.AUTO)),
        ("smtps://mail.example.org/", SmtpServer("mail.example.org", 465, Tls.IMPLICIT)),
        ("smtp://localhost:1025", SmtpServer("localhost", 1025, Tls.OFF)),
        ("smtp://127.0.0.9", SmtpServer("127.0.0.9", 25, Tls.OFF)),
        ("smtp://[::1]:2525", SmtpServer("::1", 2525, Tls.OFF)),
        ("smtp://localhost?starttls=required", SmtpServer("localhost", 25, Tls.REQUIRED)),
        ("smtp://bücher.example", SmtpServer("xn--bcher-kva.example", 25, Tls.REQUIRED)),
        (
            "smtp://ada%40example.org:p%2Fa%3As@mail:25?helo=app.example.org",
            SmtpServer("mail", 25, Tls.REQUIRED, "ada@example.org", "p/a:s", helo_name="app.example.org"),
        ),
    ],
)
def test_a_url_says_which_server_and_whether_it_must_encrypt(url: str, server: SmtpServer):
    assert smtp_server_from_url(url) == server


@pytest.mark.parametrize(
    ("url", "account"),
    [
        ("resend://re_12345678@api.resend.com", ResendAccount("re_12345678", "api.resend.com", 443, True)),
        ("resend://re_12345678@eu.example.org:8443/", ResendAccount("re_12345678", "eu.example.org", 8443, True)),
        ("resend://re_12345678@127.0.0.1:8000?tls=off", ResendAccount("re_12345678", "127.0.0.1", 8000, False)),
        ("resend://re_12345678@localhost?tls=off", ResendAccount("re_12345678", "localhost", 80, False)),
    ],
)
def test_a_url_says_which_account_and_where(url: str, account: ResendAccount):
    assert resend_account_from_url(url) == account


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "must be one of smtp://"),
        ("mail.example.org", "must be one of smtp://"),
        ("stmp://mail.example.org", "did you mean smtp:"),
        ("http://mail.example.org", "must be one of smtp://"),
        ("smtp://", "names no usable host"),
        ("smtp:mail.example.org", "after host and port|names no usable host"),
        ("smtp://mail example.org", "names no usable host"),
        ("smtp://mail.example.org:0", "1 to 65535"),
        ("smtp://mail.example.org:70000", "1 to 65535"),
        ("smtp://ada@mail.example.org", "needs both"),
        ("smtp://:secret@mail.example.org", "needs both"),
        ("smtp://ada:a%00b@mail.example.org", "control characters"),
        ("smtp://ada:%ff@mail.example.org", "percent-encoded UTF-8"),
        ("smtp://mail.example.org?startls=off", "did you mean starttls"),
        ("smtp://mail.example.org?starttls=of", "did you mean off"),
        ("smtp://mail.example.org?starttls=", "has no value"),
        ("smtp://mail.example.org?starttls=off&starttls=auto", "twice"),
        ("smtp://mail.example.org?starttls", "name=value"),
        ("smtps://mail.example.org?starttls=required", "remove starttls"),
        ("smtp://mail.example.org?ca_file=/no/such/file", "no readable PEM file"),
        ("smtp://localhost?ca_file=/no/such/file", "useless"),
        ("smtp://mail.example.org?helo=a%0D%0Ab", "helo"),
        ("smtp://mail.example.org/queue", "after host and port"),
        ("resend://api.resend.com", "needs an API key"),
        ("resend://re_12345678", "names no usable host"),
        ("resend://re_12345678:x@api.resend.com", "needs an API key"),
        ("resend://re_1234%0d%0a5678@api.resend.com", "needs an API key"),
        ("resend://re_12345678@", "names no usable host"),
        ("resend://re_12345678@api.resend.com/emails", "ends after the host"),
        ("resend://re_12345678@api.resend.com:0", "1 to 65535"),
        ("resend://re_12345678@api.resend.com?tls=on", "unknown parameter"),
        ("resend://re_12345678@api.resend.com?tls=off", "on this machine only"),
        ("file:", "file:/path/to/folder"),
        ("capture:", "capture:/path/to/folder"),
        ("file://server/share", "has no host"),
        ("file:a%00b", "NUL"),
        ("console:somewhere", "nothing after the colon"),
    ],
)
def test_a_wrong_url_is_refused_with_a_sentence_that_helps(url: str, words: str):
    with pytest.raises(ValueError, match=words):
        open_sender(url)


@pytest.mark.parametrize(
    "secret", ["pa/ss-hunter2", "pa#ss-hunter2", "pa?ss-hunter2", "hunter2:[", "hunter2%zz%ff", "?hunter2=1"]
)
def test_no_error_shows_a_password_that_was_not_encoded(secret: str):
    with pytest.raises(ValueError, match="sender") as it:
        open_sender(f"smtp://ada:{secret}@mail.example.org:587x")

    assert "hunter2" not in str(it.value)
    assert it.value.__cause__ is None


def test_no_representation_shows_the_password():
    url = "smtp://ada:hunter2@mail.example.org"
    sender = open_sender(url)

    assert "hunter2" not in f"{sender} {sender!r} {vars(sender)} {smtp_server_from_url(url)!r}"
    assert str(sender) == "SMTP server mail.example.org:25"


@given(st.text(max_size=40))
def test_any_text_opens_a_sender_or_is_a_value_error(text: str):
    for url in (text, f"smtp://{text}", f"smtp://ada:{text}@mail", f"smtp://mail?{text}", f"file:{text}"):
        with suppress(ValueError):
            assert str(open_sender(url))
