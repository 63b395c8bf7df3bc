"""What came of an attempt: recorded with the attempt, and the event of its end, by one statement."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Update, bindparam, update

from identity_service.storage.batch import InsertAfter
from identity_service.storage.prepared import Prepared
from identity_service.storage.queries.records import insert_event
from identity_service.storage.rows import AuditEvent, DeliveryAttempt, Notification, NotificationState
from identity_service.storage.tables import audit_events, delivery_attempts, notifications
from identity_service.storage.tables.columns import Time

_table = notifications.c
_row = (_table.tenant_id == bindparam("of_tenant"), _table.id == bindparam("of_id"))


def _record(accepted_states: ColumnElement[bool]) -> Update:
    return (
        update(notifications)
        .where(*_row, _table.attempts == bindparam("attempt"), accepted_states)
        .values(
            state=bindparam("new_state"),
            revision=_table.revision + 1,
            last_error=bindparam("new_error"),
            due_at=bindparam("new_due_at", type_=Time),
            relay_at=bindparam("new_due_at", type_=Time),
            sent_at=bindparam("new_sent_at", type_=Time),
            provider_reference=bindparam("new_reference"),
        )
        .returning(_table.id)
    )


_record_claimed = _record(_table.state == NotificationState.SENDING)
_RECORD = InsertAfter(_record_claimed, delivery_attempts)
_RECORD_WITH_EVENT = InsertAfter(_record_claimed, delivery_attempts, audit_events)
_RECORD_LATE = {
    state: Prepared(_record(_table.state == state)) for state in (NotificationState.QUEUED, NotificationState.DEAD)
}
_CORRECT_ATTEMPT = Prepared(
    update(delivery_attempts)
    .where(
        delivery_attempts.c.tenant_id == bindparam("of_tenant"),
        delivery_attempts.c.notification_id == bindparam("of_id"),
        delivery_attempts.c.number == bindparam("attempt"),
    )
    .values(
        started_at=bindparam("new_started_at", type_=Time),
        ended_at=bindparam("new_ended_at", type_=Time),
        outcome=bindparam("new_outcome"),
        error=None,
    )
)


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """What came of one attempt, and where it leaves its mail."""

    claimed: Notification
    attempt: DeliveryAttempt
    state: NotificationState
    due_at: datetime
    provider_reference: str | None = None


def write(connection: Connection, record: AttemptRecord, event: AuditEvent | None = None) -> bool:
    """Write what came of the claimed attempt, with the event of its end, by one statement.

    False, and nothing is written, when the row has gone on without this worker.
    """
    parameters, attempt = _parameters(record), record.attempt.values()
    if event is None:
        return _RECORD.execute(connection, parameters, record.claimed.id, attempt)
    return _RECORD_WITH_EVENT.execute(connection, parameters, record.claimed.id, attempt, event.values())


def write_late(
    connection: Connection, record: AttemptRecord, event: AuditEvent | None = None
) -> NotificationState | None:
    """Write that a mail was accepted, though the lease ran out and the relay has queued the row again or given it up.

    Answers the state that it has left by that; None when somebody else has claimed it, or it was not accepted.
    """
    if record.state != NotificationState.SENT:
        return None
    parameters = _parameters(record)
    left = next((state for state, late in _RECORD_LATE.items() if late.rows(connection, parameters)), None)
    if left is not None:
        _CORRECT_ATTEMPT.run(connection, _correction(record.attempt))
        if event:
            insert_event(connection, event)
    return left


def _parameters(record: AttemptRecord) -> dict[str, Any]:
    attempt = record.attempt
    return {
        "of_tenant": attempt.tenant_id,
        "of_id": attempt.notification_id,
        "attempt": attempt.number,
        "new_state": record.state,
        "new_error": attempt.error,
        "new_due_at": record.due_at,
        "new_sent_at": attempt.ended_at if record.state == NotificationState.SENT else None,
        "new_reference": record.provider_reference,
    }


def _correction(attempt: DeliveryAttempt) -> dict[str, Any]:
    return {
        "of_tenant": attempt.tenant_id,
        "of_id": attempt.notification_id,
        "attempt": attempt.number,
        "new_started_at": attempt.started_at,
        "new_ended_at": attempt.ended_at,
        "new_outcome": attempt.outcome,
    }
