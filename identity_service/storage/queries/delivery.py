"""The outbox as its workers use it: claim a row, find the rows left behind."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    Connection,
    Select,
    and_,
    bindparam,
    select,
    tuple_,
    update,
)

from identity_service.storage.prepared import Prepared
from identity_service.storage.queries import challenges as challenge_queries
from identity_service.storage.queries.preferences import Refusal, refusal_of_address
from identity_service.storage.rows import Challenge, Notification, NotificationState
from identity_service.storage.tables import challenges, notifications
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
        refusal_of_address(bindparam("of_tenant"), _table.recipient_key).label("refusal"),
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
    """A row that was taken for one attempt, and the challenge whose proof it carries.

    `refusal` is what the address is suppressed for as a whole, None if it is not.
    """

    notification: Notification
    challenge: Challenge | None
    refusal: Refusal | None


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
    return Claim(notification, challenge, Refusal(row[0]) if row[0] else None)


def _joined(challenge: tuple[Any, ...]) -> Challenge | None:
    return Challenge.from_tuple(challenge) if challenge[0] is not None else None


def _challenge_of(connection: Connection, mail: Notification) -> Challenge | None:
    return challenge_queries.by_id(connection, mail.tenant_id, mail.challenge_id) if mail.challenge_id else None


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
