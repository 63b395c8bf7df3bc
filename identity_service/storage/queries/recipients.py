"""Who gets a message: found among the users, and queued by INSERT … SELECT, so that no row of them visits Python."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    JSON,
    BindParameter,
    Column,
    ColumnElement,
    Connection,
    Text,
    Uuid,
    bindparam,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite

from identity_service.storage.prepared import Prepared, PreparedOnEach
from identity_service.storage.queries.preferences import Refusal, refusal
from identity_service.storage.rows import Message, NotificationState, UserState
from identity_service.storage.tables import notifications, users
from identity_service.storage.tables.columns import Time
from identity_service.storage.tables.notifications import OF_MESSAGE

FIRST = UUID(int=0)
"""Before the id of every user."""

_INSERT: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
_CONTEXT: dict[str, Any] = {"postgresql": func.json_build_object, "sqlite": func.json_object}
_NEW_ID: dict[str, Any] = {
    # RFC 9562: 48 bits of milliseconds, then the bits of a random UUID, but for the version, which is 7.
    "postgresql": text("""
        CAST(encode(set_bit(set_bit(overlay(
            uuid_send(gen_random_uuid())
            PLACING substring(int8send(CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)) FROM 3)
            FROM 1 FOR 6
        ), 52, 1), 53, 1), 'hex') AS uuid)
    """),
    "sqlite": func.new_id(),  # see storage/database.py
}
_of_tenant = users.c.tenant_id == bindparam("of_tenant")
_of_type = users.c.user_type == bindparam("of_type")
_after = users.c.id > bindparam("after", type_=Uuid)
_now: BindParameter[Any] = bindparam("now", type_=Time)


class Found(NamedTuple):
    """A user whom a message may be for; `refusal` is why mail of its category must not go there, None if it may."""

    user_id: UUID
    address_key: str
    state: str
    refusal: Refusal | None


def _one_of(dialect: str, wanted: Column[Any], kind: Any) -> ColumnElement[bool]:
    """Whether a column is among the values of the parameter `any_of`: an array, or on SQLite JSON."""
    if dialect == "postgresql":
        return wanted == func.any(bindparam("any_of", type_=ARRAY(kind)))
    values = func.json_each(bindparam("any_of", type_=JSON)).table_valued("value")
    return wanted.in_(select(values.c.value))


def _row(dialect: str) -> dict[str, Any]:
    """The mail of a message to the user of that row."""
    return {
        "tenant_id": users.c.tenant_id,
        "id": _NEW_ID[dialect],
        "kind": bindparam("kind"),
        "queue": bindparam("queue"),
        "state": literal(NotificationState.QUEUED),
        "user_id": users.c.id,
        "user_type": users.c.user_type,
        "recipient": users.c.email,
        "recipient_key": users.c.address_key,
        "locale": users.c.locale,
        "context": _CONTEXT[dialect]("given_name", users.c.given_name),
        "decoy": literal(False),
        "attempts": literal(0),
        "attempt_limit": bindparam("attempt_limit"),
        "revision": literal(0),
        "created_at": _now,
        "due_at": _now,
        "relay_at": _now,
        "erase_when_done": literal(False),
        "message_id": bindparam("of_message", type_=Uuid),
        "predecessors": literal(0),
    }


def _queue(dialect: str, *conditions: ColumnElement[bool]) -> Any:
    row = _row(dialect)
    wanted = select(*row.values()).where(_of_tenant, users.c.state == UserState.ACTIVE, *conditions)
    return _INSERT[dialect](notifications).from_select(list(row), wanted).on_conflict_do_nothing()


def _find(dialect: str, wanted: Column[Any], kind: Any) -> Any:
    refused = refusal(users.c.tenant_id, users.c.address_key, users.c.id, bindparam("of_category"))
    columns = (users.c.id, users.c.address_key, users.c.state, refused)
    return select(*columns).where(_of_tenant, _one_of(dialect, wanted, kind))


_FIND_BY_ID = PreparedOnEach(lambda dialect: _find(dialect, users.c.id, Uuid))
_FIND_BY_ADDRESS = PreparedOnEach(lambda dialect: _find(dialect, users.c.address_key, Text))
_QUEUE_THESE = PreparedOnEach(
    lambda dialect: _queue(dialect, _one_of(dialect, users.c.id, Uuid)).returning(notifications.c.user_id)
)
_QUEUE_RANGE = PreparedOnEach(
    lambda dialect: _queue(dialect, _of_type, _after, users.c.id <= bindparam("last", type_=Uuid))
)
_QUEUED = Prepared(
    select(notifications.c.user_id, notifications.c.id)
    .where(
        notifications.c.tenant_id == bindparam("of_tenant"),
        notifications.c.message_id == bindparam("of_message", type_=Uuid),
        OF_MESSAGE,
    )
    .order_by(notifications.c.user_id)
)
_next_ids = select(users.c.id).where(_of_tenant, _of_type, _after).order_by(users.c.id).limit(bindparam("most"))
_next = _next_ids.subquery()
_LAST_OF_NEXT = Prepared(select(_next.c.id).order_by(_next.c.id.desc()).limit(1))
_COUNT = Prepared(select(func.count()).select_from(users).where(_of_tenant, _of_type))


def find_by_id(connection: Connection, tenant_id: str, category: str, user_ids: Sequence[UUID]) -> list[Found]:
    """The users with these ids, in no order."""
    return _found(connection, _FIND_BY_ID, tenant_id, category, _ids(connection, user_ids))


def find_by_address(connection: Connection, tenant_id: str, category: str, address_keys: Sequence[str]) -> list[Found]:
    """The users with these addresses, in no order."""
    return _found(connection, _FIND_BY_ADDRESS, tenant_id, category, list(address_keys))


def queue_for(
    connection: Connection, message: Message, user_ids: Sequence[UUID], *, attempt_limit: int, now: datetime
) -> list[UUID]:
    """Queue the message for those of the users who are active: their ids, in order."""
    parameters = _of_mails(message, attempt_limit, now) | {"any_of": _ids(connection, user_ids)}
    return sorted(row[0] for row in _QUEUE_THESE.on(connection).rows(connection, parameters))


def queue_range(
    connection: Connection,
    message: Message,
    user_type: str,
    *,
    after: UUID,
    last: UUID,
    attempt_limit: int,
    now: datetime,
) -> int:
    """Queue the message for the active users of a type whose ids are above `after` and up to `last`."""
    of_range = {"of_type": user_type, "after": after, "last": last}
    return _QUEUE_RANGE.on(connection).run(connection, _of_mails(message, attempt_limit, now) | of_range)


def queued(connection: Connection, tenant_id: str, message_id: UUID) -> list[tuple[UUID, UUID]]:
    """Whom the message was queued for: (user, notification), in the order of the users' ids."""
    return [tuple(row) for row in _QUEUED.rows(connection, {"of_tenant": tenant_id, "of_message": message_id})]


def last_of_next(connection: Connection, tenant_id: str, user_type: str, *, after: UUID, most: int) -> UUID | None:
    """The id that the next `most` users of a type after the id `after` end with; None if there are no more."""
    parameters = {"of_tenant": tenant_id, "of_type": user_type, "after": after, "most": most}
    row = _LAST_OF_NEXT.first(connection, parameters)
    return row[0] if row else None


def count_of_type(connection: Connection, tenant_id: str, user_type: str) -> int:
    """How many users of that type there are."""
    return int(_COUNT.first(connection, {"of_tenant": tenant_id, "of_type": user_type})[0])


def _found(
    connection: Connection, find: PreparedOnEach, tenant_id: str, category: str, any_of: Sequence[Any]
) -> list[Found]:
    parameters = {"of_tenant": tenant_id, "of_category": category, "any_of": any_of}
    rows = find.on(connection).rows(connection, parameters)
    return [Found(row[0], row[1], row[2], Refusal(row[3]) if row[3] else None) for row in rows]


def _ids(connection: Connection, ids: Sequence[UUID]) -> list[Any]:
    """The ids as a parameter: SQLite keeps them as text."""
    return list(ids) if connection.dialect.name == "postgresql" else [each.hex for each in ids]


def _of_mails(message: Message, attempt_limit: int, now: datetime) -> dict[str, Any]:
    return {
        "of_tenant": message.tenant_id,
        "of_message": message.id,
        "kind": message.kind,
        "queue": message.queue,
        "attempt_limit": attempt_limit,
        "now": now,
    }
