"""What a hand-off is, for those who need one and not how it is done."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

from identity_service.notification.broker.names import Task


class Due(NamedTuple):
    """What somebody has to look at, and in which queue: a notification, or a message to many or a campaign.

    `wake` counts the wakings of a message. Each begins anew with as many workers as it is to have, and ends those of
    the one before: so there are never more of them, however many hand-offs were lost or repeated.
    """

    tenant_id: str
    id: UUID
    queue: str
    task: Task = Task.DELIVER
    wake: int = 0


class HandOff(Protocol):
    """Tells the workers that something committed is due."""

    def hand_off(self, due: Due) -> None:
        """Put the id into its queue. Returns at once and never raises."""

    def hand_off_many(self, batch: Sequence[Due]) -> bool:
        """Put all ids into their queues, in one round trip and before returning. Never raises.

        False if the broker failed; some of them may have arrived all the same.
        """

    def hand_off_again(self, batch: Sequence[Due]) -> bool:
        """Like `hand_off_many`, for what may be in its queue already: whatever goes to a full one is left out.

        Its row brings it back. Otherwise a queue that nobody empties would grow with each repetition, without end.
        """
