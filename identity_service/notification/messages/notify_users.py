"""Writing to users that are named one by one: a message, and a result for each of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from identity_service.calls.audit import AuditTrail, Event
from identity_service.calls.call import Call
from identity_service.calls.once import Once
from identity_service.clock import Clock
from identity_service.ids import new_id
from identity_service.notification.broker import HandOff
from identity_service.notification.kinds import Queue
from identity_service.notification.messages.content import Content
from identity_service.notification.messages.delivery import BATCH, lane
from identity_service.notification.outbox import RELAY_GRACE
from identity_service.notification.retries import RetrySchedules
from identity_service.storage.database import Connection, Database, Transaction
from identity_service.storage.queries import messages, recipients
from identity_service.storage.queries.preferences import Refusal
from identity_service.storage.queries.recipients import Found
from identity_service.storage.rows import Message, UserState


class Outcome(StrEnum):
    """What came of one named recipient."""

    QUEUED = "queued"
    NOT_FOUND = "not_found"
    SUSPENDED = "suspended"
    OPTED_OUT = "opted_out"
    SUPPRESSED = "suppressed"


@dataclass(frozen=True, slots=True)
class Named:
    """Who is to get the message: users by their ids, or by their addresses' keys."""

    user_ids: tuple[UUID, ...] = ()
    address_keys: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[UUID | str, ...]:
        """What tells the recipients apart, in the order they were named in."""
        return self.user_ids or self.address_keys

    def name_of(self, found: Found) -> UUID | str:
        """Which of the names is that user's."""
        return found.user_id if self.user_ids else found.address_key


@dataclass(frozen=True, slots=True)
class RecipientResult:
    """What came of a recipient: the notification, if it was queued."""

    outcome: Outcome
    user_id: UUID | None = None
    notification_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Notified:
    """The message, and what came of each recipient, in the order they were named in."""

    message_id: UUID
    results: tuple[RecipientResult, ...]


@dataclass(frozen=True, slots=True)
class _Queued:
    """What is kept of an answer: the rest is in the rows.

    `places` has for each of the named why there is no mail, or which mail of the message it is, counted by the ids of
    their users. Not by the addresses: they change, and have to go with their users.
    """

    message_id: UUID
    places: tuple[Outcome | int, ...]


class NotifyUsers:
    """The journey of NotificationService.NotifyUsers."""

    def __init__(
        self,
        *,
        database: Database,
        once: Once,
        audit: AuditTrail,
        hand_off: HandOff,
        schedules: RetrySchedules,
        clock: Clock,
        lanes: int,
    ) -> None:
        self._database = database
        self._once = once
        self._audit = audit
        self._hand_off = hand_off
        self._schedules = schedules
        self._now = clock
        self._lanes = lanes

    def __call__(self, call: Call, named: Named, content: Content) -> Notified:
        """Queue the message for each of them who is active and wants it."""
        queued = self._once.answered(call, _Queued)
        if queued is None:
            queued = self._once.run(call, _Queued, lambda transaction: self._queue(transaction, call, named, content))
        return self._answer(call.tenant_id, queued)

    def _queue(self, transaction: Transaction, call: Call, named: Named, content: Content) -> _Queued:
        now, connection = self._now(), transaction.connection
        grace = RELAY_GRACE[Queue.NORMAL]
        message = content.message(call.tenant_id, new_id(), Queue.NORMAL, now, now + grace)
        found = _find(connection, call.tenant_id, content.category, named)
        wanted = [each.user_id for each in found if _refusal(each) is None]
        messages.insert_message(connection, message)
        attempts = self._schedules.of(message.queue).attempts
        mailed = recipients.queue_for(connection, message, wanted, attempt_limit=attempts, now=now)
        self._audit.write(connection, self._audit.event(call, Event.USERS_NOTIFIED, subject_id=message.id))
        transaction.after_commit(lambda: self._wake(message, len(mailed)))
        return _Queued(message.id, _places(named, found, mailed))

    def _wake(self, message: Message, number: int) -> None:
        for _ in range(min(self._lanes, -(-number // BATCH))):
            self._hand_off.hand_off(lane(message))

    def _answer(self, tenant_id: str, queued: _Queued) -> Notified:
        with self._database.connect() as connection:
            mails = recipients.queued(connection, tenant_id, queued.message_id)
        return Notified(queued.message_id, tuple(_result(place, mails) for place in queued.places))


def _find(connection: Connection, tenant_id: str, category: str, named: Named) -> list[Found]:
    if named.user_ids:
        return recipients.find_by_id(connection, tenant_id, category, named.user_ids)
    return recipients.find_by_address(connection, tenant_id, category, named.address_keys)


def _places(named: Named, found: Sequence[Found], mailed: Sequence[UUID]) -> tuple[Outcome | int, ...]:
    numbers: dict[UUID, Outcome | int] = {user_id: number for number, user_id in enumerate(mailed)}
    places = {named.name_of(each): _refusal(each) or numbers.get(each.user_id, Outcome.NOT_FOUND) for each in found}
    return tuple(places.get(name, Outcome.NOT_FOUND) for name in named.names)


def _refusal(found: Found) -> Outcome | None:
    if found.state != UserState.ACTIVE:
        return Outcome.SUSPENDED
    if found.refusal is None:
        return None
    return Outcome.OPTED_OUT if found.refusal is Refusal.OPTED_OUT else Outcome.SUPPRESSED


def _result(place: Outcome | int, mails: Sequence[tuple[UUID, UUID]]) -> RecipientResult:
    if isinstance(place, Outcome):
        return RecipientResult(place)
    return RecipientResult(Outcome.QUEUED, *mails[place])
