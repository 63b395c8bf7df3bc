"""What a sender is: one mail in, a receipt or a SendFailed out."""

from dataclasses import dataclass, field
from email.message import EmailMessage
from enum import StrEnum
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """One mail to one recipient.

    `message` is complete: a sender adds no header and changes none, except that it writes a
    non-ASCII domain in its ASCII form (RFC 5890). `envelope_from` is where bounces go and may be
    empty (RFC 5321, 4.5.5).
    """

    notification_id: UUID
    envelope_from: str
    recipient: str
    message: EmailMessage = field(repr=False)


@dataclass(frozen=True, slots=True)
class SendReceipt:
    """The mail was accepted. `provider_reference` is the accepting side's name for it."""

    provider_reference: str


class Level(StrEnum):
    """How much a finding matters."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One result of a configuration check: what was seen and, unless all is well, how to mend it."""

    level: Level
    text: str
    remedy: str = ""


class Sender(Protocol):
    """Hands mails to the outside world. Usable from any number of threads at once.

    `str(sender)` names it for people and logs, without a password.
    """

    def send(self, mail: OutgoingMail) -> SendReceipt:
        """Hands over one mail, or raises TransientFailure or PermanentFailure."""

    def check(self) -> list[Finding]:
        """Tries everything but sending a mail. Never raises SendFailed: a failure is a finding."""

    def close(self) -> None:
        """Lets go of connections. Mails that are under way are finished first; later ones fail."""
