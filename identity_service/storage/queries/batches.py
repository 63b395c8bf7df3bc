"""The mails of a message, many at a time: claimed, given back and called off in one statement each."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Connection,
    String,
    and_,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    select,
    text,
    update,
)

from identity_service.storage.prepared import Prepared, PreparedOnEach
from identity_service.storage.queries import batch_results, in_hand
from identity_service.storage.queries.preferences import Refusal, refusal
from identity_service.storage.rows import Message, Notification, NotificationState, UserState
from identity_service.storage.tables import notifications, users
from identity_service.storage.tables.columns import Time
from identity_service.storage.tables.notifications import WAITING_OF_MESSAGE

_table = notifications.c
_tenant: BindParameter[Any] = bindparam("of_tenant")
_message: BindParameter[Any] = bindparam("of_message", type_=_table.message_id.type)
_now: BindParameter[Any] = bindparam("now", type_=Time)


def _waiting(state: NotificationState, *wanted: Any) -> Any:
    """Mails of the message in that state, those first whose time, or whose worker's time, comes first."""
    return (
        select(*wanted)
        .where(
            WAITING_OF_MESSAGE,
            _table.tenant_id == _tenant,
            _table.message_id == _message,
            _table.state == state,
        )
        .order_by(_table.relay_at)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
    )


_is_due = _table.relay_at <= _now
_is_later = _table.relay_at >= bindparam("since", type_=Time)


def _these(dialect: str, waiting: Any) -> ColumnElement[bool]:
    """The rows that a query finds. PostgreSQL locks them, so that they keep their places, and takes them by these: it
    has no index to choose wrongly. A row that was written just before it was locked is left out: look again.
    """
    if dialect == "postgresql":
        place: ColumnElement[Any] = literal_column("notifications.ctid")
        return place == func.any(func.array(waiting.with_only_columns(place).scalar_subquery()))
    return and_(_table.tenant_id == _tenant, _table.id.in_(waiting))


def _claim(dialect: str) -> Any:
    due = _waiting(NotificationState.QUEUED, _table.id).where(_is_due, _is_later)
    # Written out: SQLAlchemy names columns without their table in SQLite's RETURNING, and `opt_outs` has this one.
    user_id = literal_column("notifications.user_id", _table.user_id.type)
    return (
        update(notifications)
        .where(_these(dialect, due))
        .values(
            state=NotificationState.SENDING,
            recipient=_now_of_user(users.c.email, _table.recipient),
            recipient_key=_now_of_user(users.c.address_key, _table.recipient_key),
            attempts=_table.attempts + 1,
            revision=_table.revision + 1,
            relay_at=bindparam("lease_ends_at", type_=Time),
        )
        .returning(
            *Notification.columns(notifications),
            case(
                (_is_inactive(user_id), literal(Refusal.INACTIVE, String)),
                else_=refusal(bindparam("of_tenant"), _table.recipient_key, user_id, bindparam("of_category")),
            ),
        )
    )


def _now_of_user(column: Column[str], before: Column[str]) -> ColumnElement[str]:
    """The address where the user is now: the one left may be somebody else's. Who was deleted has none any more."""
    of_user = (users.c.tenant_id == bindparam("of_tenant"), users.c.id == _table.user_id)
    return func.coalesce(select(column).where(*of_user).scalar_subquery(), before)


def _is_inactive(user_id: Any) -> ColumnElement[bool]:
    """Whether the user was suspended or deleted since the mail was queued."""
    active = (users.c.tenant_id == bindparam("of_tenant"), users.c.id == user_id, users.c.state == UserState.ACTIVE)
    return ~select(literal(1)).where(*active).correlate_except(users).exists()


_CLAIM = PreparedOnEach(_claim)
_ABANDONED = Prepared(_waiting(NotificationState.SENDING, *Notification.columns(notifications)).where(_is_due))


def _cancel(waiting: Any) -> PreparedOnEach:
    return PreparedOnEach(
        lambda dialect: (
            update(notifications)
            .where(_these(dialect, waiting))
            .values(state=NotificationState.CANCELLED, revision=_table.revision + 1)
        )
    )


_CANCEL_QUEUED = _cancel(_waiting(NotificationState.QUEUED, _table.id))
_CANCEL_ABANDONED = _cancel(_waiting(NotificationState.SENDING, _table.id).where(_is_due))
_ANY_WAITING = Prepared(
    select(_table.id).where(WAITING_OF_MESSAGE, _table.tenant_id == _tenant, _table.message_id == _message).limit(1)
)
_GIVE_BACK = Prepared(
    update(notifications)
    .where(
        _table.tenant_id == _tenant,
        _table.id == bindparam("of_id"),
        _table.revision == bindparam("of_revision"),
        _table.state == NotificationState.SENDING,
    )
    .values(
        state=NotificationState.QUEUED,
        attempts=_table.attempts - 1,
        revision=_table.revision + 1,
        relay_at=_table.due_at,
    )
)
_GIVE_BACK_TOGETHER = Prepared(
    text(f"""
    UPDATE notifications SET state = 'queued', attempts = attempts - 1, revision = revision + 1, relay_at = due_at
    FROM unnest(CAST(:ids AS uuid[]), CAST(:revisions AS int[])) AS given (id, of_revision)
    WHERE {in_hand.IN_HAND} AND notifications.id = given.id AND revision = of_revision
    """).bindparams(*in_hand.PARAMETERS)  # noqa: S608 - fixed words
)


class Claimed(NamedTuple):
    """A mail that was taken for one attempt; `refusal` is why it must not be made, None if it may."""

    notification: Notification
    refusal: Refusal | None


def claim(
    connection: Connection,
    message: Message,
    *,
    since: datetime,
    now: datetime,
    lease_ends_at: datetime,
    most: int,
) -> list[Claimed]:
    """Take up to `most` mails of the message that have become due since `since`, for one attempt each, to where their
    users are now.

    The index still holds what was due before, until it is cleaned up: who begins after that is quicker.
    """
    of_message = {"of_tenant": message.tenant_id, "of_message": message.id, "of_category": message.category}
    rows = _CLAIM.on(connection).rows(
        connection, of_message | {"since": since, "now": now, "lease_ends_at": lease_ends_at, "most": most}
    )
    return [Claimed(Notification.from_tuple(row[:-1]), Refusal(row[-1]) if row[-1] else None) for row in rows]


def abandoned(
    connection: Connection, tenant_id: str, message_id: UUID, *, now: datetime, most: int
) -> list[Notification]:
    """Mails of the message whose worker let the lease run out, locked for this transaction."""
    parameters = {"of_tenant": tenant_id, "of_message": message_id, "now": now, "most": most}
    return [Notification.from_tuple(row) for row in _ABANDONED.rows(connection, parameters)]


def give_back(connection: Connection, tenant_id: str, claimed: Sequence[Notification]) -> None:
    """Undo the claim of mails, of one at least, that were not tried.

    It is told by the row's revision: the attempt's number goes to the next claim, and this may be repeated after that,
    because nobody knew whether it was committed.
    """
    if connection.dialect.name == "postgresql":
        given = {"ids": [each.id for each in claimed], "revisions": [each.revision for each in claimed]}
        _GIVE_BACK_TOGETHER.run(connection, in_hand.parameters(claimed) | given)
        return
    for each in claimed:
        _GIVE_BACK.run(connection, {"of_tenant": tenant_id, "of_id": each.id, "of_revision": each.revision})


def cancel_waiting(connection: Connection, tenant_id: str, message_id: UUID, *, now: datetime, most: int) -> int:
    """Call off up to `most` mails of the message that no worker has, or only a lost one; how many it were."""
    parameters = {"of_tenant": tenant_id, "of_message": message_id, "most": most}
    cancelled = _CANCEL_QUEUED.on(connection).run(connection, parameters)
    if cancelled < most:
        left = most - cancelled
        cancelled += _CANCEL_ABANDONED.on(connection).run(connection, parameters | {"now": now, "most": left})
    if cancelled:
        batch_results.count(connection, tenant_id, message_id, Counter(cancelled=cancelled))
    return cancelled


def any_waiting(connection: Connection, tenant_id: str, message_id: UUID) -> bool:
    """Whether a mail of the message has not come to an end."""
    return _ANY_WAITING.first(connection, {"of_tenant": tenant_id, "of_message": message_id}) is not None
