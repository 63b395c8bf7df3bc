"""What a mail that must not go to somebody ends with."""

from collections.abc import Mapping
from types import MappingProxyType

from identity_service.notification.attempts import AttemptOutcome, Result
from identity_service.storage.queries.preferences import Refusal

_WORDS: Mapping[Refusal, str] = MappingProxyType(
    {
        Refusal.HARD_BOUNCE: "the address is suppressed, because an earlier mail to it bounced for good (HARD_BOUNCE)",
        Refusal.SUPPRESSED: "the address is suppressed for such mail; ListSuppressions says why",
        Refusal.OPTED_OUT: "the user has opted out of this category",
        Refusal.INACTIVE: "the user has been suspended or deleted",
    }
)


def refused(refusal: Refusal) -> Result:
    """The result of an attempt that was not made; its error says why."""
    return Result(AttemptOutcome.SUPPRESSED, _WORDS[refusal])
