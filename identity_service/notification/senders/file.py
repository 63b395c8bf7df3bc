"""`file:PATH`: every mail becomes an .eml file that survives a power cut."""

from pathlib import Path

from identity_service.notification.senders.base import Finding, OutgoingMail, Sender, SendReceipt
from identity_service.notification.senders.folder import MailFolder


class FileSender(Sender):
    """Writes mails to a folder and keeps them all."""

    def __init__(self, path: Path) -> None:
        self._folder = MailFolder(path, durable=True)

    def __str__(self) -> str:
        return f"folder {self._folder.path}"

    def send(self, mail: OutgoingMail) -> SendReceipt:
        """Writes the mail; the receipt names the file."""
        return SendReceipt(self._folder.write(mail))

    def check(self) -> list[Finding]:
        """Whether the folder can be written to."""
        return self._folder.check()

    def close(self) -> None:
        """Nothing is kept open."""
