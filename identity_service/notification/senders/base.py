"""What a sender is: mails in, for each of them a receipt or a SendFailed out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from enum import StrEnum
from typing import Protocol, TypeAlias
from uuid import UUID

import structlog

from identity_service.notification.senders.failures import NotTried, SendFailed, TransientFailure

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class MailParts:
    """What a message says, for senders whose other side writes the message itself.

    `sender` is what stands in From. `headers` are those that are neither addresses, nor the subject, nor MIME's.
    """

    sender: str
    to: str
    subject: str
    text: str | None = field(repr=False)
    html: str | None = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReadyMessage:
    """A message that is already written, as campaigns write theirs.

    `data` has CRLF lines, 7-bit bodies and ASCII domains; only an address with a non-ASCII local part (RFC 6531) may
    stand in it as UTF-8. `parts` says the same; it is called only by senders that need them.
    """

    data: bytes = field(repr=False)
    parts: Callable[[], MailParts] = field(repr=False, compare=False)


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
    message: EmailMessage | ReadyMessage = field(repr=False)
    attempt: int = 1
    """How often it has been tried, this time included."""


@dataclass(frozen=True, slots=True)
class SendReceipt:
    """The mail was accepted. `provider_reference` is the accepting side's name for it."""

    provider_reference: str


SendResult: TypeAlias = SendReceipt | SendFailed
"""What came of one mail of several."""

GoesOn: TypeAlias = Callable[[], bool]
"""Whether mails are still to be sent. It may be asked for every mail: asking costs next to nothing."""


def always() -> bool:
    """Nobody calls the mails off."""
    return True


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

    `str(sender)` names it for people and logs, without a password. Derive from this class to get its `send_many`.
    """

    @property
    def natural_batch(self) -> int:
        """How many mails travel in one request: fewer of them at once take as long."""
        return 1

    def send(self, mail: OutgoingMail) -> SendReceipt:
        """Hands over one mail, or raises TransientFailure or PermanentFailure."""

    def send_many(self, mails: Sequence[OutgoingMail], goes_on: GoesOn = always) -> list[SendResult]:
        """Hands over several mails, and says in their order what came of each; one that fails, fails alone.

        Takes no longer than `send` may take for one mail, as far as it can stop in between, and begins none once
        `goes_on()` is False: it is asked before each mail or request, and again and again while one waits for its turn.
        What was not begun is answered with NotTried. This one sends one by one; a sender that can do better does.
        """
        return [self._sent(mail) if goes_on() else NotTried() for mail in mails]

    def _sent(self, mail: OutgoingMail) -> SendResult:
        try:
            return self.send(mail)
        except SendFailed as failure:
            return failure
        except Exception as error:  # the mails before this one are out: what came of them must not be lost
            log.exception("sender_failed", notification_id=str(mail.notification_id))
            return TransientFailure(f"the sender failed: {type(error).__name__}")

    def check(self) -> list[Finding]:
        """Tries everything but sending a mail. Never raises SendFailed: a failure is a finding."""

    def close(self) -> None:
        """Lets go of connections. Mails that are under way are finished first; later ones fail."""
