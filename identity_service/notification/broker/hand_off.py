"""What a hand-off is, for those who need one and not how it is done."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol
from uuid import UUID


class Due(NamedTuple):
    """A notification to hand off, and the queue it belongs to."""

    tenant_id: str
    notification_id: UUID
    queue: str


class HandOff(Protocol):
    """Tells the workers that a committed notification is due."""

    def hand_off(self, tenant_id: str, notification_id: UUID, queue: str) -> None:
        """Put the id into `queue` (`high`, `normal` or `low`). Returns at once and never raises."""

    def hand_off_many(self, batch: Sequence[Due]) -> bool:
        """Put all ids into their queues, in one round trip and before returning. Never raises.

        False if the broker failed; some of them may have arrived all the same.
        """
