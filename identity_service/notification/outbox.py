"""The outbox: a mail is a row, written with the rows of its journey, and handed to the queue after the commit.

The row is the truth. A hand-off that is lost is repeated by the relay, so a mail that was committed is delivered.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from identity_service.clock import Clock
from identity_service.ids import new_id
from identity_service.notification.broker import Due, HandOff
from identity_service.notification.kinds import Kind, Queue
from identity_service.notification.retries import RetrySchedules
from identity_service.storage.database import Transaction
from identity_service.storage.rows import Notification, NotificationState

RELAY_GRACE = {Queue.HIGH: timedelta(seconds=5), Queue.NORMAL: timedelta(seconds=30), Queue.LOW: timedelta(seconds=60)}
"""How long a hand-off may take before the relay repeats it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail to be sent. `context` holds harmless values for its template, never a code or a token.

    `user_type` is that of the recipient, None when there is none: what the mail looks like may depend on it.
    A decoy goes the whole way through the outbox and is not sent: it stands where a mail to an unknown address would.
    `predecessors` are the mails that expired unsent before this one took their place.
    With `erase_when_done` the relay erases recipient and context once the mail has come to an end.
    """

    kind: Kind
    recipient: str
    recipient_key: str
    locale: str
    context: Mapping[str, Any] = field(default_factory=dict)
    user_id: UUID | None = None
    user_type: str | None = None
    challenge_id: UUID | None = None
    expires_at: datetime | None = None
    decoy: bool = False
    erase_when_done: bool = False
    predecessors: int = 0


def repeated(mail: Notification, challenge_id: UUID, expires_at: datetime) -> Draft:
    """The same mail once more, with another proof."""
    return Draft(
        kind=Kind(mail.kind),
        recipient=mail.recipient,
        recipient_key=mail.recipient_key,
        locale=mail.locale,
        context=mail.context,
        user_id=mail.user_id,
        user_type=mail.user_type,
        challenge_id=challenge_id,
        expires_at=expires_at,
        decoy=mail.decoy,
        erase_when_done=mail.erase_when_done,
        predecessors=mail.predecessors + 1,
    )


class Outbox:
    """Turns drafts into rows, and hands them off once they are committed."""

    def __init__(self, hand_off: HandOff, schedules: RetrySchedules, clock: Clock) -> None:
        self._hand_off = hand_off
        self._schedules = schedules
        self._now = clock

    def put(
        self, transaction: Transaction, tenant_id: str, draft: Draft, write: Callable[[Notification], None]
    ) -> Notification:
        """Have `write` insert the row of a new mail, with the rows of its journey, and hand it off after the commit."""
        mail = self._row(tenant_id, draft)
        write(mail)
        self.announce(transaction, mail)
        return mail

    def announce(self, transaction: Transaction, notification: Notification) -> None:
        """Hand a mail off as soon as the transaction is committed: for one that is queued again."""
        due = Due(notification.tenant_id, notification.id, notification.queue)
        transaction.after_commit(lambda: self._hand_off.hand_off(due))

    def _row(self, tenant_id: str, draft: Draft) -> Notification:
        now, queue = self._now(), draft.kind.queue
        return Notification(
            tenant_id=tenant_id,
            id=new_id(),
            kind=draft.kind,
            queue=queue,
            state=NotificationState.QUEUED,
            user_id=draft.user_id,
            user_type=draft.user_type,
            challenge_id=draft.challenge_id,
            recipient=draft.recipient,
            recipient_key=draft.recipient_key,
            locale=draft.locale,
            context=dict(draft.context),
            decoy=draft.decoy,
            attempts=0,
            attempt_limit=self._schedules.of(queue).attempts,
            revision=0,
            last_error=None,
            created_at=now,
            due_at=now,
            relay_at=now + RELAY_GRACE[queue],
            expires_at=draft.expires_at,
            erase_when_done=draft.erase_when_done,
            predecessors=draft.predecessors,
        )
