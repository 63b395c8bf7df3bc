"""One mail over an open connection, in as few round trips as the server allows."""

import re

from identity_service.notification.senders.content import Content
from identity_service.notification.senders.failures import PermanentFailure
from identity_service.notification.senders.smtp.replies import Reply, accepted, expect
from identity_service.notification.senders.smtp.wire import ServerGone, ServerSilent, Wire

_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)


def offer(wire: Wire, content: Content) -> None:
    """Sends the envelope, up to the server's "go ahead". Until then nothing is handed over.

    Where the server pipelines (RFC 2920) all three commands leave in one write. If one of them is
    refused the caller drops the connection, so no mail can slip through an accepted DATA.
    """
    steps = (
        ("the sender address", _mail_from(wire, content), 2),
        ("the recipient", _rcpt_to(content), 2),
        ("to take a message", b"DATA\r\n", 3),
    )
    pipelined = wire.has_extn("pipelining")
    if pipelined:
        wire.stage = steps[0][0]
        wire.send(b"".join(command for _, command, _ in steps))
    for stage, command, digit in steps:
        wire.stage = stage
        if not pipelined:
            wire.send(command)
        expect(wire, digit)


def hand_over(wire: Wire, content: Content) -> str:
    """Sends the message after a successful `offer` and returns what the server called it.

    A failure in here may come after the server accepted the mail: it must not be repeated at once.
    """
    wire.stage = "the message"
    wire.send(dot_stuffed(content.data) + b".\r\n")
    return accepted(wire, _verdict(wire), 2)


def _verdict(wire: Wire) -> Reply:
    # Servers scan before they answer, and giving up early makes duplicates: only the deadline counts here.
    wire.patience, patience = float("inf"), wire.patience
    try:
        return wire.getreply()
    except (ServerGone, ServerSilent) as loss:
        raise type(loss)(f"{loss.text}; the message may have been accepted") from None
    finally:
        wire.patience = patience


def dot_stuffed(data: bytes) -> bytes:
    """Doubles the dot at the start of a line (RFC 5321, 4.5.2)."""
    return _LEADING_DOT.sub(b"..", data) if b"\n." in data or data.startswith(b".") else data


def _mail_from(wire: Wire, content: Content) -> bytes:
    command = f"MAIL FROM:<{content.envelope_from}>"
    if wire.has_extn("size"):
        command += f" SIZE={len(content.data)}"
    if content.utf8:
        if not wire.has_extn("smtputf8"):
            raise PermanentFailure(f"{wire.name} cannot take addresses outside ASCII (no SMTPUTF8)")
        command += " BODY=8BITMIME SMTPUTF8"
    return command.encode() + b"\r\n"


def _rcpt_to(content: Content) -> bytes:
    return f"RCPT TO:<{content.recipient}>\r\n".encode()
