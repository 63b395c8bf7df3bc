"""A folder of .eml files, one for each notification, each of them whole or absent."""

import os
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from identity_service.notification.senders.base import Finding, Level, OutgoingMail
from identity_service.notification.senders.content import content_of
from identity_service.notification.senders.failures import TransientFailure, os_reason

_NAME = re.compile(r"(?:\d{8}T\d{6}\.\d{3}Z-)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.eml")
_CHECK_FOLDER = "Make the folder writable for this user, or name another one in the sender's URL."


class MailFolder:
    """Writes mails. Files and folder are for the owner alone: mails hold codes."""

    def __init__(self, path: Path, *, durable: bool) -> None:
        self.path = path
        self._durable = durable

    def write(self, mail: OutgoingMail) -> str:
        """Writes `mail`, replacing an earlier copy of it, and returns the file's name."""
        name = file_name(mail.notification_id)
        data = _as_delivered(mail)
        try:
            self._write(name, data)
        except OSError as error:
            text = f"cannot write to the folder {self.path}: {os_reason(error)}"
            raise TransientFailure(text, _CHECK_FOLDER) from None
        return name

    def check(self) -> list[Finding]:
        """Makes the folder and writes a file that is then removed."""
        try:
            self._make()
            with tempfile.TemporaryFile(dir=self.path):
                pass
        except OSError as error:
            text = f"cannot write to the folder {self.path}: {os_reason(error)}"
            return [Finding(Level.PROBLEM, text, _CHECK_FOLDER)]
        return [Finding(Level.OK, f"mails are written to {self.path}")]

    def _make(self) -> None:
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _write(self, name: str, data: bytes) -> None:
        self._make()
        handle, temporary = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=self.path)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                self._sync(file.fileno())
            Path(temporary).replace(self.path / name)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        self._sync_folder()

    def _sync(self, handle: int) -> None:
        if self._durable:
            os.fsync(handle)

    def _sync_folder(self) -> None:
        # The rename itself survives a power cut only once the folder is on disk.
        handle = os.open(self.path, os.O_RDONLY)
        try:
            self._sync(handle)
        finally:
            os.close(handle)


def file_name(notification_id: UUID) -> str:
    """The same for every attempt at one mail; sorts by the time in the id (RFC 9562, UUIDv7)."""
    if notification_id.version != 7:
        return f"{notification_id}.eml"
    made = datetime.fromtimestamp((notification_id.int >> 80) / 1000, UTC)
    return f"{made:%Y%m%dT%H%M%S}.{made.microsecond // 1000:03}Z-{notification_id}.eml"


def notification_id_in(name: str) -> UUID | None:
    """The notification a file belongs to; None for a file that is no mail of ours."""
    match = _NAME.fullmatch(name)
    return UUID(match[1]) if match else None


def _as_delivered(mail: OutgoingMail) -> bytes:
    """The mail with the lines that final delivery adds (RFC 5321, 4.4): the envelope, kept with it."""
    content = content_of(mail)
    envelope = f"Return-Path: <{content.envelope_from}>\r\nDelivered-To: {content.recipient}\r\n"
    return envelope.encode() + content.data
