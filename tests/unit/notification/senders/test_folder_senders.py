"""Mails that become files: `file:`, `capture:` and the mailbox that reads them."""

import os
import stat
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from identity_service.notification.senders import Level, Mailbox, OutgoingMail, TransientFailure, open_sender
from identity_service.notification.senders.capture import CaptureSender
from identity_service.notification.senders.file import FileSender

_FIRST = uuid.UUID("0199a3c0-0000-7000-8000-000000000001")  # made on 2 October 2025


def _mail(number: int = 0, subject: str = "A test", html: str | None = None) -> OutgoingMail:
    message = EmailMessage()
    message["From"] = "Example <no-reply@example.org>"
    message["To"] = "ada@example.org"
    message["Subject"] = subject
    message.set_content("Hello\n")
    if html is not None:
        message.add_alternative(html, subtype="html")
    return OutgoingMail(uuid.UUID(int=_FIRST.int + number), "bounces@example.org", "ada@example.org", message)


def test_a_mail_becomes_an_eml_file_named_by_time_and_notification(tmp_path: Path):
    receipt = FileSender(tmp_path / "a" / "mails").send(_mail())

    (file,) = (tmp_path / "a" / "mails").iterdir()
    assert file.name == receipt.provider_reference == f"20251002T070813.184Z-{_FIRST}.eml"
    parsed = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert parsed["Subject"] == "A test"
    assert (parsed["Return-Path"], parsed["Delivered-To"]) == ("<bounces@example.org>", "ada@example.org")
    assert parsed.get_content() == "Hello\r\n"


def test_a_repeated_mail_replaces_its_file(tmp_path: Path):
    sender = FileSender(tmp_path)
    sender.send(_mail())
    sender.send(_mail(subject="Again"))

    (file,) = tmp_path.iterdir()
    assert b"Subject: Again" in file.read_bytes()


def test_mails_are_for_the_owners_eyes_only(tmp_path: Path):
    FileSender(tmp_path / "mails").send(_mail())

    (file,) = (tmp_path / "mails").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_written_is_transient_and_found_by_the_check(tmp_path: Path):
    (tmp_path / "mails").write_text("a file in the way")
    sender = open_sender(f"file:{tmp_path / 'mails'}")

    with pytest.raises(TransientFailure, match=r"cannot write to the folder .*: File exists"):
        sender.send(_mail())
    (finding,) = sender.check()
    assert finding.level is Level.PROBLEM
    assert "writable" in finding.remedy


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(TransientFailure, match="No space left on device"):
        FileSender(tmp_path).send(_mail())
    assert list(tmp_path.iterdir()) == []


def test_a_check_of_a_writable_folder_is_fine_and_leaves_no_file(tmp_path: Path):
    (finding,) = open_sender(f"capture:{tmp_path}").check()

    assert finding.level is Level.OK
    assert list(tmp_path.iterdir()) == []


def test_capture_keeps_the_newest_mails_and_touches_no_other_file(tmp_path: Path):
    (tmp_path / "notes.eml").write_text("mine")
    sender = CaptureSender(tmp_path, keep=3)
    for number in range(6):
        sender.send(_mail(number))

    kept = [summary.notification_id.int - _FIRST.int for summary in Mailbox(tmp_path).summaries()]
    assert sorted(kept) == [3, 4, 5]
    assert (tmp_path / "notes.eml").read_text() == "mine"


def test_threads_that_capture_at_once_disturb_nobody(tmp_path: Path):
    sender = CaptureSender(tmp_path, keep=5)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(sender.send, map(_mail, range(60))))

    assert len(Mailbox(tmp_path).summaries()) == 5
    assert len(list(tmp_path.iterdir())) == 5, "no temporary file is left"


def test_the_mailbox_lists_the_last_mail_first(tmp_path: Path):
    sender = CaptureSender(tmp_path)
    for number, subject in enumerate(["first", "رمز الدخول"]):
        sender.send(_mail(number, subject))
    file = sorted(tmp_path.iterdir())[0]
    earlier = datetime(2025, 10, 3, tzinfo=UTC).timestamp()
    os.utime(file, (earlier, earlier))

    latest, first = Mailbox(tmp_path).summaries()

    assert (latest.subject, first.subject) == ("رمز الدخول", "first")
    assert latest.recipient == "ada@example.org"
    assert latest.sender == "Example <no-reply@example.org>"
    assert datetime.now(UTC) - latest.received_at < timedelta(minutes=1)
    assert first.received_at == datetime(2025, 10, 3, tzinfo=UTC)


def test_the_mailbox_shows_both_bodies_the_headers_and_the_source_of_a_mail(tmp_path: Path):
    mail = _mail(html="<p>مرحبا</p>\n")
    CaptureSender(tmp_path).send(mail)

    read = Mailbox(tmp_path).read(mail.notification_id)

    assert read is not None
    assert read.html is not None
    assert (read.html.strip(), read.text) == ("<p>مرحبا</p>", "Hello\r\n")
    assert ("Subject", "A test") in read.headers
    assert read.source.startswith(b"Return-Path: <bounces@example.org>\r\n")
    assert read.summary.notification_id == mail.notification_id


def test_a_mail_without_html_has_none(tmp_path: Path):
    CaptureSender(tmp_path).send(_mail())

    read = Mailbox(tmp_path).read(_FIRST)

    assert read is not None
    assert read.html is None


def test_the_change_token_changes_when_a_mail_comes_is_replaced_or_goes(tmp_path: Path):
    mailbox, sender = Mailbox(tmp_path), CaptureSender(tmp_path)
    tokens = [mailbox.change_token()]
    for mail in (_mail(1), _mail(2), _mail(2)):
        sender.send(mail)
        tokens.append(mailbox.change_token())
    min(tmp_path.iterdir()).unlink()
    tokens.append(mailbox.change_token())

    assert len(set(tokens)) == 5
    assert mailbox.change_token() == tokens[-1]


def test_a_mailbox_that_received_nothing_is_empty(tmp_path: Path):
    mailbox = Mailbox(tmp_path / "not yet")

    assert mailbox.summaries() == []
    assert mailbox.read(_FIRST) is None
    assert mailbox.change_token() == mailbox.change_token()


def test_an_id_that_is_no_uuid_v7_has_a_file_too(tmp_path: Path):
    mail = OutgoingMail(uuid.UUID(int=4), "", "ada@example.org", _mail().message)
    CaptureSender(tmp_path).send(mail)

    (summary,) = Mailbox(tmp_path).summaries()
    assert summary.notification_id == uuid.UUID(int=4)
