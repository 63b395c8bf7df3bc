"""The reading side of `capture:PATH`: what the mailbox page shows."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from hashlib import blake2b
from pathlib import Path
from uuid import UUID

from identity_service.notification.senders.folder import file_name, notification_id_in

_LONGEST_HEAD = 64 * 1024


@dataclass(frozen=True, slots=True)
class MailSummary:
    """One line of the list. `received_at` is aware UTC; `recipient` is the envelope's."""

    notification_id: UUID
    subject: str
    sender: str
    recipient: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class CapturedMail:
    """One whole mail. A body that the mail does not have is None; headers keep their order."""

    summary: MailSummary
    html: str | None
    text: str | None
    headers: tuple[tuple[str, str], ...]
    source: bytes


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    notification_id: UUID
    inode: int
    written_ns: int


class Mailbox:
    """Reads a folder that CaptureSenders, in this process or others, write to."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[_Entry, MailSummary] = {}

    def summaries(self) -> list[MailSummary]:
        """All mails, the last one received first. Only new files are read."""
        known, self._known = self._known, {}
        for entry in sorted(self._entries(), key=lambda e: (e.written_ns, e.name), reverse=True):
            summary = known.get(entry) or self._summary(entry)
            if summary is not None:
                self._known[entry] = summary
        return list(self._known.values())

    def read(self, notification_id: UUID) -> CapturedMail | None:
        """The mail of one notification; None if it is not, or no longer, there."""
        path = self._path / file_name(notification_id)
        try:
            source, written_ns = path.read_bytes(), path.stat().st_mtime_ns
        except FileNotFoundError:
            return None
        message = message_from_bytes(source, _class=EmailMessage, policy=policy.default)
        return CapturedMail(
            summary=_summary_of(message, notification_id, written_ns),
            html=_body(message, "html"),
            text=_body(message, "plain"),
            headers=tuple((name, str(value)) for name, value in message.items()),
            source=source,
        )

    def change_token(self) -> str:
        """Differs whenever the list does. Costs one listing of the folder, no file is opened."""
        digest = blake2b(digest_size=12)
        for entry in sorted(self._entries(), key=lambda e: e.name):
            digest.update(f"{entry.name} {entry.inode} {entry.written_ns}\n".encode())
        return digest.hexdigest()

    def _entries(self) -> list[_Entry]:
        try:
            with os.scandir(self._path) as found:
                return [entry for entry in map(_entry, found) if entry]
        except FileNotFoundError:  # nothing was captured yet
            return []

    def _summary(self, entry: _Entry) -> MailSummary | None:
        try:
            with (self._path / entry.name).open("rb") as file:
                head = file.read(_LONGEST_HEAD).partition(b"\r\n\r\n")[0]
        except FileNotFoundError:
            return None
        message = message_from_bytes(head, _class=EmailMessage, policy=policy.default)
        return _summary_of(message, entry.notification_id, entry.written_ns)


def _entry(found: "os.DirEntry[str]") -> _Entry | None:
    notification_id = notification_id_in(found.name)
    if notification_id is None:
        return None
    try:
        status = found.stat()
    except FileNotFoundError:  # removed while we look
        return None
    return _Entry(found.name, notification_id, status.st_ino, status.st_mtime_ns)


def _summary_of(message: EmailMessage, notification_id: UUID, written_ns: int) -> MailSummary:
    return MailSummary(
        notification_id=notification_id,
        subject=str(message.get("Subject", "")),
        sender=str(message.get("From", "")),
        recipient=str(message.get("Delivered-To", "")),
        received_at=datetime.fromtimestamp(written_ns / 1e9, UTC),
    )


def _body(message: EmailMessage, kind: str) -> str | None:
    part = message.get_body(preferencelist=(kind,))
    return None if part is None else str(part.get_content())
