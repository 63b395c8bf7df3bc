"""A message as bytes: CRLF lines, 7-bit bodies, so that every server takes it unchanged."""

from dataclasses import dataclass
from email import policy
from email.generator import BytesGenerator
from email.message import EmailMessage
from io import BytesIO

from identity_service.notification.senders.addresses import (
    envelope_address,
    has_foreign_address,
    with_ascii_domains,
)
from identity_service.notification.senders.base import OutgoingMail, ReadyMessage
from identity_service.notification.senders.failures import PermanentFailure

# 7-bit bodies need no 8BITMIME anywhere on the way, and no relay re-encodes (and so unsigns) them.
_ASCII = policy.default.clone(cte_type="7bit")
_UTF8 = _ASCII.clone(utf8=True)


@dataclass(frozen=True, slots=True)
class Content:
    """One mail, ready for the wire or for a file.

    `data` ends with CRLF and holds no bare CR or LF. `utf8`: the server must support SMTPUTF8
    (RFC 6531), because an address has a non-ASCII local part.
    """

    envelope_from: str
    recipient: str
    data: bytes
    utf8: bool


def content_of(mail: OutgoingMail) -> Content:
    """Serialises `mail` once. Raises PermanentFailure if it cannot be written as a mail."""
    envelope_from = envelope_address(mail.envelope_from) if mail.envelope_from else ""
    recipient = envelope_address(mail.recipient)
    if isinstance(mail.message, ReadyMessage):
        data = _with_crlf_lines(mail.message.data)
        return Content(
            envelope_from, recipient, data, utf8=not ((envelope_from + recipient).isascii() and data.isascii())
        )
    message = with_ascii_domains(mail.message)
    utf8 = not (envelope_from + recipient).isascii() or has_foreign_address(message)
    return Content(envelope_from, recipient, _serialised(message, utf8), utf8)


class _QuickGenerator(BytesGenerator):
    """Writes each body in one piece; line by line, as the base class does, takes twice as long."""

    def _write_lines(self, lines: str) -> None:
        self.write(lines)


def _serialised(message: EmailMessage, utf8: bool) -> bytes:
    buffer = BytesIO()
    try:
        _QuickGenerator(buffer, mangle_from_=False, policy=_UTF8 if utf8 else _ASCII).flatten(message)
    except Exception as error:  # whatever is wrong with one message must not look like a server's fault
        raise PermanentFailure(f"the message cannot be written as a mail: {type(error).__name__}") from None
    return _with_crlf_lines(buffer.getvalue())


def _with_crlf_lines(data: bytes) -> bytes:
    # A bare CR or LF is where one server sees the end of a mail and the next one does not.
    if data.endswith(b"\r\n") and data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r"):
        return data
    data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    return data if data.endswith(b"\r\n") else data + b"\r\n"
