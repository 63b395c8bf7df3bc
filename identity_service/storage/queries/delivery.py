"""The outbox as its workers use it: claim a row, record what came of it, find the rows left behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    Update,
    and_,
    bindparam,
    select,
    tuple_,
    update,
)

from identity_service.storage.batch import InsertAfter
from identity_service.storage.prepared import Prepared
from identity_service.storage.queries import challenges as challenge_queries
from identity_service.storage.queries.preferences import is_unreachable
from identity_service.storage.queries.records import insert_event
from identity_service.storage.rows import AuditEvent, Challenge, DeliveryAttempt, Notification, NotificationState
from identity_service.storage.tables import audit_events, challenges, delivery_attempts, notifications
from identity_service.storage.tables.columns import Time
from identity_service.storage.tables.notifications import WAITING

_table = notifications.c
_row = (_table.tenant_id == bindparam("of_tenant"), _table.id == bindparam("of_id"))
_now: BindParameter[Any] = bindparam("now", type_=Time)

_claim = (
    update(notifications)
    .where(*_row, _table.state == NotificationState.QUEUED, _table.due_at <= _now)
    .values(
        state=NotificationState.SENDING,
        attempts=_table.attempts + 1,
        revision=_table.revision + 1,
        relay_at=bindparam("lease_ends_at", type_=Time),
    )
    # The tenant as a parameter: SQLAlchemy names columns without their table in SQLite's RETURNING.
    .returning(
        is_unreachable(bindparam("of_tenant"), _table.recipient_key).label("is_unreachable"),
        *Notification.columns(notifications),
    )
)
_WIDTH = len(_claim.exported_columns)


def _claim_with_challenge() -> Select[Any]:
    claimed = _claim.cte("claimed")
    of_mail = and_(challenges.c.tenant_id == claimed.c.tenant_id, challenges.c.id == claimed.c.challenge_id)
    return select(*claimed.c, *Challenge.columns(challenges)).select_from(claimed.outerjoin(challenges, of_mail))


_CLAIM = Prepared(_claim)  # for SQLite, which has no CTEs that write
_CLAIM_WITH_CHALLENGE = Prepared(_claim_with_challenge())


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


def _due(state: NotificationState) -> Any:
    return (
        select(_table.tenant_id, _table.id)
        .where(WAITING, _table.state == state, _table.relay_at <= _now)
        .order_by(_table.relay_at)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
    )


_RELAY = Prepared(
    update(notifications)
    .where(tuple_(_table.tenant_id, _table.id).in_(_due(NotificationState.QUEUED)))
    .values(relay_at=bindparam("new_relay_at", type_=Time))
    .returning(_table.tenant_id, _table.id, _table.queue)
)
_LOOK_AGAIN = Prepared(
    update(notifications)
    .where(*_row, _table.state == NotificationState.QUEUED)
    .values(relay_at=bindparam("new_relay_at", type_=Time))
)
_ABANDONED = Prepared(
    select(*Notification.columns(notifications))
    .where(WAITING, _table.state == NotificationState.SENDING, _table.relay_at <= _now)
    .order_by(_table.relay_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)


class Claim(NamedTuple):
    """A row that was taken for one attempt, the challenge whose proof it carries, and whether its address bounced for
    good."""

    notification: Notification
    challenge: Challenge | None
    is_unreachable: bool


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of one attempt, and where it leaves its mail."""

    claimed: Notification
    attempt: DeliveryAttempt
    state: NotificationState
    due_at: datetime
    provider_reference: str | None = None


def claim(
    connection: Connection, tenant_id: str, notification_id: UUID, *, now: datetime, lease_ends_at: datetime
) -> Claim | None:
    """Take a due row for one attempt; None when it is not due, or somebody else has it."""
    parameters = {"of_tenant": tenant_id, "of_id": notification_id, "now": now, "lease_ends_at": lease_ends_at}
    with_challenge = connection.dialect.name == "postgresql"
    row = (_CLAIM_WITH_CHALLENGE if with_challenge else _CLAIM).first(connection, parameters)
    if row is None:
        return None
    notification = Notification.from_tuple(row[1:_WIDTH])
    challenge = _joined(row[_WIDTH:]) if with_challenge else _challenge_of(connection, notification)
    return Claim(notification, challenge, is_unreachable=bool(row[0]))


def _joined(challenge: tuple[Any, ...]) -> Challenge | None:
    return Challenge.from_tuple(challenge) if challenge[0] is not None else None


def _challenge_of(connection: Connection, mail: Notification) -> Challenge | None:
    return challenge_queries.by_id(connection, mail.tenant_id, mail.challenge_id) if mail.challenge_id else None


def record(connection: Connection, result: Recorded, event: AuditEvent | None = None) -> bool:
    """Write what came of the claimed attempt, with the event of its end, by one statement.

    False, and nothing is written, when the row has gone on without this worker.
    """
    parameters, attempt = _parameters(result), result.attempt.values()
    if event is None:
        return _RECORD.execute(connection, parameters, result.claimed.id, attempt)
    return _RECORD_WITH_EVENT.execute(connection, parameters, result.claimed.id, attempt, event.values())


def record_late(connection: Connection, result: Recorded, event: AuditEvent | None = None) -> NotificationState | None:
    """Write that a mail was accepted, though the lease ran out and the relay has queued the row again or given it up.

    Answers the state that it has left by that; None when somebody else has claimed it, or it was not accepted.
    """
    if result.state != NotificationState.SENT:
        return None
    parameters = _parameters(result)
    left = next((state for state, late in _RECORD_LATE.items() if late.rows(connection, parameters)), None)
    if left is not None:
        _CORRECT_ATTEMPT.run(connection, _correction(result.attempt))
        if event:
            insert_event(connection, event)
    return left


def _parameters(result: Recorded) -> dict[str, Any]:
    attempt = result.attempt
    return {
        "of_tenant": attempt.tenant_id,
        "of_id": attempt.notification_id,
        "attempt": attempt.number,
        "new_state": result.state,
        "new_error": attempt.error,
        "new_due_at": result.due_at,
        "new_sent_at": attempt.ended_at if result.state == NotificationState.SENT else None,
        "new_reference": result.provider_reference,
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


def relay(connection: Connection, *, now: datetime, again_at: datetime, most: int) -> list[tuple[str, UUID, str]]:
    """Take up to `most` due rows to hand off: (tenant, id, queue). No relay takes them again before `again_at`."""
    rows = _RELAY.rows(connection, {"now": now, "new_relay_at": again_at, "most": most})
    return [tuple(row) for row in rows]


def look_again(connection: Connection, rows: Sequence[tuple[str, UUID]], *, at: datetime) -> None:
    """Let the relay take these rows, given as (tenant, id), again at that time, if they still wait."""
    keys = [
        {"of_tenant": tenant_id, "of_id": notification_id, "new_relay_at": at} for tenant_id, notification_id in rows
    ]
    for key in keys:
        _LOOK_AGAIN.run(connection, key)


def abandoned(connection: Connection, *, now: datetime, most: int) -> list[Notification]:
    """Rows whose worker let the lease run out, locked for this transaction."""
    return [Notification.from_tuple(row) for row in _ABANDONED.rows(connection, {"now": now, "most": most})]
