"""The commands of one mail, and what a server's answers to them mean."""

from identity_service.notification.senders.base import SendReceipt
from identity_service.notification.senders.content import Content
from identity_service.notification.senders.failures import PermanentFailure, SendFailed
from identity_service.notification.senders.smtp.replies import Reply, accepted, refusal, sender_refusal
from identity_service.notification.senders.smtp.wire import ServerGone, ServerSilent, Wire

_SENDER = "the sender address"
STEPS = ((_SENDER, 2), ("the recipient", 2), ("to take a message", 3))
"""What the server is asked for before a message, and the first digit with which it agrees."""


def envelope(wire: Wire, content: Content) -> tuple[bytes, bytes, bytes]:
    """The commands of `STEPS`. Raises PermanentFailure for an address that the server cannot take."""
    return _mail_from(wire, content), f"RCPT TO:<{content.recipient}>\r\n".encode(), b"DATA\r\n"


def refused(wire: Wire, content: Content, stage: str, digit: int) -> SendFailed | None:
    """Reads one answer to the envelope of `content`: None if the server agrees.

    Raises TransientFailure when the connection is lost.
    """
    wire.stage = stage
    reply = wire.getreply()
    if reply[0] // 100 == digit:
        return None
    failure = sender_refusal(wire, reply, utf8=content.utf8) if stage == _SENDER else refusal(wire, reply)
    if wire.sock is None:
        raise failure
    return failure


def message_of(content: Content) -> bytes:
    """The message with its end, as DATA wants it."""
    return dot_stuffed(content.data) + b".\r\n"


def verdict(wire: Wire) -> SendReceipt:
    """Reads what the server makes of a message, and returns what it calls it. Raises a SendFailed.

    One that comes of a lost connection may come after the server accepted the mail: it must not be repeated at once.
    """
    # Servers scan before they answer, and giving up early makes duplicates: only the deadline counts here.
    wire.patience, patience = float("inf"), wire.patience
    try:
        return SendReceipt(accepted(wire, _answer_to_message(wire), 2))
    finally:
        wire.patience = patience


def _answer_to_message(wire: Wire) -> Reply:
    wire.stage = "the message"
    try:
        return wire.getreply()
    except (ServerGone, ServerSilent) as loss:
        raise type(loss)(f"{loss.text}; the message may have been accepted") from None


def dot_stuffed(data: bytes) -> bytes:
    """Doubles the dot at the start of a line (RFC 5321, 4.5.2)."""
    return (b"." + data if data.startswith(b".") else data).replace(b"\n.", b"\n..")


def _mail_from(wire: Wire, content: Content) -> bytes:
    command = f"MAIL FROM:<{content.envelope_from}>"
    if wire.has_extn("size"):
        command += f" SIZE={len(content.data)}"
    if content.utf8:
        if not wire.has_extn("smtputf8"):
            raise PermanentFailure(f"{wire.name} cannot take addresses outside ASCII (no SMTPUTF8)")
        command += " BODY=8BITMIME SMTPUTF8"
    return command.encode() + b"\r\n"
