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
    WELCOME = "welcome"
    ADDRESS_TAKEN = "address_taken"

    @property
    def queue(self) -> Queue:
        """The lane that mails of this kind travel in."""
        return FACTS[self].queue


@dataclass(frozen=True, slots=True)
class KindFacts:
    """What the rest of the service needs to know about a kind, apart from how it looks."""

    queue: Queue


FACTS: Mapping[Kind, KindFacts] = MappingProxyType(
    {
        Kind.VERIFICATION: KindFacts(queue=Queue.HIGH),
        Kind.ONE_TIME_CODE: KindFacts(queue=Queue.HIGH),
        Kind.WELCOME: KindFacts(queue=Queue.NORMAL),
        # High like a verification: the same call sends either, and its timing must not tell which.
        Kind.ADDRESS_TAKEN: KindFacts(queue=Queue.HIGH),
    }
)
"""One line per kind."""
