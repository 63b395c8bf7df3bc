"""The outbox as its writers and readers see it: a new mail, one notification, its attempts, a page of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Connection, TextClause, bindparam, or_, select, update

from identity_service.ids import lowest_id_of
from identity_service.storage.batch import InsertTogether
from identity_service.storage.prepared import Prepared
from identity_service.storage.rows import AuditEvent, DeliveryAttempt, Notification, NotificationState
from identity_service.storage.tables import audit_events, delivery_attempts, notifications
from identity_service.storage.tables.columns import Time
from identity_service.storage.tables.notifications import DEAD

_tenant: BindParameter[Any] = bindparam("of_tenant")
_id: BindParameter[Any] = bindparam("of_id")

_PUT = InsertTogether(notifications, audit_events)
_BY_ID = Prepared(
    select(*Notification.columns(notifications)).where(notifications.c.tenant_id == _tenant, notifications.c.id == _id)
)
_ATTEMPTS = Prepared(
    select(*DeliveryAttempt.columns(delivery_attempts))
    .where(delivery_attempts.c.tenant_id == _tenant, delivery_attempts.c.notification_id == _id)
    .order_by(delivery_attempts.c.number)
)
_REVIVE = Prepared(
    update(notifications)
    .where(
        notifications.c.tenant_id == _tenant,
        notifications.c.id == _id,
        notifications.c.state == NotificationState.DEAD,
        notifications.c.recipient != "",  # erased
    )
    .values(
        state=NotificationState.QUEUED,
        attempt_limit=notifications.c.attempts + bindparam("attempts_more"),
        revision=notifications.c.revision + 1,
        due_at=bindparam("now", type_=Time),
        relay_at=bindparam("new_relay_at", type_=Time),
    )
    .returning(*Notification.columns(notifications))
)

_NEWEST_KIND = Prepared(
    select(notifications.c.kind)
    .where(
        notifications.c.tenant_id == _tenant,
        notifications.c.recipient_key == bindparam("of_address"),
        notifications.c.id >= bindparam("from_id"),
        or_(notifications.c.kind == bindparam("kind"), notifications.c.kind == bindparam("other_kind")),
    )
    .order_by(notifications.c.id.desc())
    .limit(1)
)
_CANCEL = Prepared(
    update(notifications)
    .where(
        notifications.c.tenant_id == _tenant,
        notifications.c.id == _id,
        notifications.c.state == NotificationState.QUEUED,
    )
    .values(state=NotificationState.CANCELLED, revision=notifications.c.revision + 1)
    .returning(*Notification.columns(notifications))
)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which notifications to list; an empty part does not restrict."""

    states: Sequence[str] = ()
    kinds: Sequence[str] = ()
    user_id: UUID | None = None
    recipient_key: str | None = None
    message_id: UUID | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None


def put(connection: Connection, mail: Notification, event: AuditEvent) -> None:
    """Write a mail, and what it tells of."""
    _PUT.execute(connection, mail.values(), event.values())


def by_id(connection: Connection, tenant_id: str, notification_id: UUID) -> Notification | None:
    row = _BY_ID.first(connection, {"of_tenant": tenant_id, "of_id": notification_id})
    return Notification.from_tuple(row) if row else None


def newest_kind(
    connection: Connection, tenant_id: str, address_key: str, kinds: tuple[str, str], *, since: datetime
) -> str | None:
    """Of which of two kinds the newest mail to that address is; None if neither was queued since then."""
    kind, other = kinds
    parameters = {"of_tenant": tenant_id, "of_address": address_key, "from_id": lowest_id_of(since)}
    row = _NEWEST_KIND.first(connection, parameters | {"kind": kind, "other_kind": other})
    return str(row[0]) if row else None


def attempts_of(connection: Connection, tenant_id: str, notification_id: UUID) -> list[DeliveryAttempt]:
    parameters = {"of_tenant": tenant_id, "of_id": notification_id}
    return [DeliveryAttempt.from_tuple(row) for row in _ATTEMPTS.rows(connection, parameters)]


def revive(
    connection: Connection,
    tenant_id: str,
    notification_id: UUID,
    *,
    attempts_more: int,
    now: datetime,
    relay_at: datetime,
) -> Notification | None:
    """Queue a dead notification again with that many more attempts; None unless it is dead."""
    row = _REVIVE.first(
        connection,
        {
            "of_tenant": tenant_id,
            "of_id": notification_id,
            "attempts_more": attempts_more,
            "now": now,
            "new_relay_at": relay_at,
        },
    )
    return Notification.from_tuple(row) if row else None


def cancel(connection: Connection, tenant_id: str, notification_id: UUID) -> Notification | None:
    """Call a queued notification off; None unless it is queued."""
    row = _CANCEL.first(connection, {"of_tenant": tenant_id, "of_id": notification_id})
    return Notification.from_tuple(row) if row else None


def page(
    connection: Connection, tenant_id: str, wanted: Filter, *, before: UUID | None, size: int
) -> list[Notification]:
    """Up to `size` notifications, newest first, older than `before`."""
    statement = (
        select(*Notification.columns(notifications))
        .where(notifications.c.tenant_id == tenant_id, *_conditions(wanted, before))
        .order_by(notifications.c.id.desc())
        .limit(size)
    )
    return [Notification.from_tuple(row) for row in connection.execute(statement)]


def _conditions(wanted: Filter, before: UUID | None) -> Iterator[ColumnElement[bool] | TextClause]:
    table = notifications.c
    if list(wanted.states) == [NotificationState.DEAD]:
        yield DEAD  # word for word what its index says
    elif wanted.states:
        yield table.state.in_(wanted.states)
    if wanted.kinds:
        yield table.kind.in_(wanted.kinds)
    if wanted.user_id:
        yield table.user_id == wanted.user_id
    if wanted.message_id:
        yield table.message_id == wanted.message_id
    if wanted.recipient_key:
        yield table.recipient_key == wanted.recipient_key
    if wanted.created_from:
        yield table.created_at >= wanted.created_from
    if wanted.created_before:
        yield table.created_at < wanted.created_before
    if before:
        yield table.id < before
