"""`capture:PATH`: the mailbox of a development machine, which keeps the newest mails only."""

import threading
from pathlib import Path

from identity_service.notification.senders.base import Finding, OutgoingMail, Sender, SendReceipt
from identity_service.notification.senders.folder import MailFolder, notification_id_in

DEFAULT_KEEP = 500


class CaptureSender(Sender):
    """Writes mails to a folder and removes the oldest beyond `keep`. It does not wait for the disk."""

    def __init__(self, path: Path, *, keep: int = DEFAULT_KEEP) -> None:
        self._folder = MailFolder(path, durable=False)
        self._keep = keep
        self._removing = threading.Lock()

    def __str__(self) -> str:
        return f"mailbox {self._folder.path}"

    @property
    def path(self) -> Path:
        """Where a Mailbox finds the mails."""
        return self._folder.path

    def send(self, mail: OutgoingMail) -> SendReceipt:
        """Writes the mail; the receipt names the file."""
        name = self._folder.write(mail)
        with self._removing:
            self._remove_oldest()
        return SendReceipt(name)

    def check(self) -> list[Finding]:
        """Whether the folder can be written to."""
        return self._folder.check()

    def close(self) -> None:
        """Nothing is kept open."""

    def _remove_oldest(self) -> None:
        mails = [path for path in self.path.iterdir() if notification_id_in(path.name)]
        if len(mails) <= self._keep:
            return
        for path in sorted(mails, key=_written_at)[: -self._keep]:
            path.unlink(missing_ok=True)


def _written_at(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:  # another process removed it first
        return 0
