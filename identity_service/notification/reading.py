"""Notifications as callers see them: read one, list them, watch one change, bring a dead one back."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

from identity_service.calls.audit import AuditTrail, Event
from identity_service.calls.call import Call
from identity_service.calls.errors import ServerStopping
from identity_service.calls.once import Once
from identity_service.clock import Clock
from identity_service.notification.errors import (
    NotificationNotCancellable,
    NotificationNotFound,
    NotificationNotRetryable,
)
from identity_service.notification.kinds import Queue
from identity_service.notification.messages.fan_out import WAKE_WITHIN
from identity_service.notification.outbox import RELAY_GRACE, Outbox
from identity_service.notification.retries import RetrySchedules
from identity_service.storage.database import Connection, Database, Transaction
from identity_service.storage.queries import batch_results, campaigns, messages
from identity_service.storage.queries import notifications as queries
from identity_service.storage.queries.notifications import Filter as Filter  # what callers ask for
from identity_service.storage.rows import CampaignState, DeliveryAttempt, Notification, NotificationState

WATCH_INTERVAL_SECONDS = 0.2
_GOING_ON = (NotificationState.QUEUED, NotificationState.SENDING)


@dataclass(frozen=True, slots=True)
class NotificationWithAttempts:
    """A notification and every attempt to deliver it, oldest first."""

    notification: Notification
    attempts: tuple[DeliveryAttempt, ...]


class Notifications:
    """The outbox, for reading, and for reviving what is dead."""

    def __init__(
        self,
        *,
        database: Database,
        once: Once,
        outbox: Outbox,
        audit: AuditTrail,
        schedules: RetrySchedules,
        clock: Clock,
    ) -> None:
        self._database = database
        self._once = once
        self._audit = audit
        self._outbox = outbox
        self._schedules = schedules
        self._now = clock

    def get(self, tenant_id: str, notification_id: UUID) -> NotificationWithAttempts:
        """Raises `NotificationNotFound`."""
        with self._database.connect() as connection:
            found = queries.by_id(connection, tenant_id, notification_id)
            if found is None:
                raise NotificationNotFound()
            attempts = queries.attempts_of(connection, tenant_id, notification_id) if found.attempts else []
        return NotificationWithAttempts(found, tuple(attempts))

    def page(self, tenant_id: str, wanted: Filter, *, before: UUID | None, size: int) -> list[Notification]:
        """Up to `size` notifications, newest first, older than `before`."""
        with self._database.connect() as connection:
            return queries.page(connection, tenant_id, wanted, before=before, size=size)

    def watch(
        self,
        tenant_id: str,
        notification_id: UUID,
        *,
        after_revision: int,
        goes_on: Callable[[], bool],
        stopping: threading.Event,
    ) -> Iterator[NotificationWithAttempts]:
        """The notification each time it has changed since `after_revision`, until it has come to an end.

        States that follow one another faster than it looks are told as the last of them. Ends when `goes_on` says
        that nobody watches any more. Raises `NotificationNotFound`, and `ServerStopping` once `stopping` is set.
        """
        revision = after_revision
        while goes_on():
            current = self.get(tenant_id, notification_id)
            if current.notification.revision > revision:
                revision = current.notification.revision
                yield current
            if current.notification.state not in _GOING_ON:
                return
            if stopping.wait(WATCH_INTERVAL_SECONDS):
                raise ServerStopping()

    def retry(self, call: Call, notification_id: UUID) -> NotificationWithAttempts:
        """Queue a dead notification again, with a full count of attempts. Raises `NotificationNotRetryable`."""
        if self._once.answered(call, UUID) is None:
            self._once.run(call, UUID, lambda transaction: self._revive(transaction, call, notification_id))
        return self.get(call.tenant_id, notification_id)

    def _revive(self, transaction: Transaction, call: Call, notification_id: UUID) -> UUID:
        connection, now = transaction.connection, self._now()
        found = queries.by_id(connection, call.tenant_id, notification_id)
        if found is None:
            raise NotificationNotFound()
        if found.expires_at is not None and found.expires_at <= now:
            raise NotificationNotRetryable()
        if found.message_id and not self._may_be_sent(connection, found.tenant_id, found.message_id):
            raise NotificationNotRetryable()
        revived = queries.revive(
            connection,
            call.tenant_id,
            notification_id,
            attempts_more=self._schedules.of(found.queue).attempts,
            now=now,
            relay_at=now if found.message_id else now + RELAY_GRACE[Queue(found.queue)],
        )
        if revived is None:
            raise NotificationNotRetryable()
        self._audit.write(connection, self._audit.event(call, Event.NOTIFICATION_RETRIED, subject_id=notification_id))
        if found.message_id:
            batch_results.count(connection, found.tenant_id, found.message_id, Counter(dead=-1))
            # No waking: it would end the workers that send the other mails.
            messages.add_due(connection, found.tenant_id, found.message_id, now=now, latest=now + WAKE_WITHIN)
        else:
            self._outbox.announce(transaction, revived)
        return notification_id

    def cancel(self, call: Call, notification_id: UUID) -> NotificationWithAttempts:
        """Call a queued notification off. Raises `NotificationNotCancellable`."""
        if self._once.answered(call, UUID) is None:
            self._once.run(call, UUID, lambda transaction: self._cancel(transaction, call, notification_id))
        return self.get(call.tenant_id, notification_id)

    def _cancel(self, transaction: Transaction, call: Call, notification_id: UUID) -> UUID:
        connection = transaction.connection
        if queries.by_id(connection, call.tenant_id, notification_id) is None:
            raise NotificationNotFound()
        cancelled = queries.cancel(connection, call.tenant_id, notification_id)
        if cancelled is None:
            raise NotificationNotCancellable()
        if cancelled.message_id:
            batch_results.count(connection, call.tenant_id, cancelled.message_id, Counter(cancelled=1))
        event = self._audit.event(call, Event.NOTIFICATION_CANCELLED, subject_id=notification_id)
        self._audit.write(connection, event)
        return notification_id

    def _may_be_sent(self, connection: Connection, tenant_id: str, message_id: UUID) -> bool:
        """Not when its campaign was cancelled. It cannot be before this transaction ends."""
        sending = campaigns.lock(connection, tenant_id, message_id)
        return sending is None or sending.campaign.state != CampaignState.CANCELLED
