"""The kinds of mail the service sends, and what holds for each of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Queue(StrEnum):
    """A lane of delivery. Nothing in a later lane delays an earlier one."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class Kind(StrEnum):
    """What a mail is about; the value is also the name of its template folder."""

    VERIFICATION = "verification"
    ONE_TIME_CODE = "one_time_code"
    RESET_LINK = "reset_link"
    RESET_CODE = "reset_code"
    WELCOME = "welcome"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a kind of mail
    EMAIL_CHANGE = "email_change"
    EMAIL_CHANGED = "email_changed"
    ACCOUNT_DELETED = "account_deleted"
    INVITATION = "invitation"
    NOTIFICATION = "notification"
    ADDRESS_TAKEN = "address_taken"

    @property
    def queue(self) -> Queue:
        """The lane that mails of this kind travel in."""
        return FACTS[self].queue


@dataclass(frozen=True, slots=True)
class KindFacts:
    """What the rest of the service needs to know about a kind, apart from how it looks.

    `is_security` holds for what belongs to an account: its owner has asked for it, or must learn of it. No preference,
    complaint or operator stops it.
    """

    queue: Queue
    is_security: bool = True


FACTS: Mapping[Kind, KindFacts] = MappingProxyType(
    {
        Kind.VERIFICATION: KindFacts(Queue.HIGH),
        Kind.ONE_TIME_CODE: KindFacts(Queue.HIGH),
        Kind.RESET_LINK: KindFacts(Queue.HIGH),
        Kind.RESET_CODE: KindFacts(Queue.HIGH),
        Kind.WELCOME: KindFacts(Queue.NORMAL),
        Kind.PASSWORD_CHANGED: KindFacts(Queue.NORMAL),
        Kind.EMAIL_CHANGE: KindFacts(Queue.HIGH),
        Kind.EMAIL_CHANGED: KindFacts(Queue.NORMAL),
        Kind.ACCOUNT_DELETED: KindFacts(Queue.NORMAL),
        # Sent on somebody else's behalf to an address that may have complained.
        Kind.INVITATION: KindFacts(Queue.NORMAL, is_security=False),
        # The queue of a single notice; what goes to many travels in LOW.
        Kind.NOTIFICATION: KindFacts(Queue.NORMAL, is_security=False),
        # High like a verification: the same call sends either, and its timing must not tell which.
        Kind.ADDRESS_TAKEN: KindFacts(Queue.HIGH),
    }
)
"""One line per kind."""

SECURITY: frozenset[str] = frozenset(kind for kind, facts in FACTS.items() if facts.is_security)
"""The kinds that only a hard bounce stops."""
