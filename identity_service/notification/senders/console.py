"""`console:`: prints mails for a person to read."""

import sys
import threading
from typing import TextIO

from identity_service.notification.senders.base import Finding, Level, OutgoingMail, Sender, SendReceipt
from identity_service.notification.senders.content import content_of
from identity_service.notification.senders.failures import TransientFailure, os_reason
from identity_service.notification.senders.parts import parts_of

_SHOWN_HEADERS = ("Date", "Message-ID")
_RULE = "─" * 72


class ConsoleSender(Sender):
    """Prints to `stream`, by default to whatever standard output is at the time."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._printing = threading.Lock()

    def __str__(self) -> str:
        return "console"

    def send(self, mail: OutgoingMail) -> SendReceipt:
        """Prints headers and text in one piece, so that mails of several threads do not mix."""
        content_of(mail)  # refuses what no other sender could send
        page = _safe(_page(mail))
        try:
            with self._printing:
                self._print(page)
        except (OSError, ValueError) as error:  # ValueError: the stream is closed
            raise TransientFailure(f"cannot print the mail: {os_reason(error)}") from None
        return SendReceipt(str(self))

    def check(self) -> list[Finding]:
        """Printing needs no preparation."""
        return [Finding(Level.OK, "mails are printed to standard output")]

    def close(self) -> None:
        """Standard output stays open."""

    def _print(self, page: str) -> None:
        stream = self._stream or sys.stdout
        encoding = getattr(stream, "encoding", None) or "utf-8"
        stream.write(page.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()


def _page(mail: OutgoingMail) -> str:
    parts = parts_of(mail.message)
    shown = {"From": parts.sender, "To": parts.to, "Subject": parts.subject}
    shown |= {name: parts.headers[name] for name in _SHOWN_HEADERS if name in parts.headers}
    headers = [f"{name}: {value}" for name, value in shown.items() if value]
    lines = [_RULE, f"Mail for {mail.recipient} (notification {mail.notification_id})", *headers, ""]
    text = parts.text or parts.html or "(no text)"
    return "\n".join([*lines, text.rstrip(), _RULE, ""])


def _safe(page: str) -> str:
    """Without characters that command a terminal; line ends and tabs stay."""
    page = page.replace("\r\n", "\n")
    return "".join(char for char in page if char in "\n\t" or not (ord(char) < 32 or 127 <= ord(char) < 160))
