"""Everything that is kept about a person, table by table. A test fails for a table that is not named here, unless
`erasure` says that it holds nothing about anybody.

A person is a user, or an address that has none: their own rows, and those about their address.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, or_, select, tuple_, union

from identity_service.ids import lowest_id_of, moment_of
from identity_service.storage.tables import (
    answered_requests,
    audit_events,
    challenge_budgets,
    challenges,
    delivery_attempts,
    email_changes,
    invitations,
    messages,
    metadata,
    notifications,
    opt_outs,
    registrations,
    sessions,
    suppressions,
    users,
)

NOBODY: Final = UUID(int=0)
"""The user of an address that has none."""

WITHHELD: Final = frozenset(
    {
        "tenant_id",
        "password_hash",
        "refresh_fingerprint",
        "refresh_key_id",
        "key_id",
        "payload_digest",
        "position",
        "erase_when_done",
    }
)
"""Columns that would help a thief, or that say nothing about the person."""


_ONE_CALL = timedelta(minutes=1)
"""What is made in one call has ids of so close times."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whose data it is: a user, or NOBODY, and the address."""

    tenant_id: str
    user_id: UUID
    address_key: str


Condition = Callable[[Person], ColumnElement[bool]]


def _of_user(column: Any) -> Condition:
    return lambda person: column == person.user_id


def _of_address(column: Any) -> Condition:
    return lambda person: column == person.address_key


def _mails(person: Person, column: Any = notifications.c.id) -> Any:
    mine = select(column).where(notifications.c.tenant_id == person.tenant_id)
    return union(
        mine.where(notifications.c.user_id == person.user_id),
        mine.where(notifications.c.recipient_key == person.address_key),
    )


def _challenges(person: Person) -> ColumnElement[bool]:
    """Those at the address, and those of e-mail changes to others."""
    wished = select(email_changes.c.new_address_key).where(
        email_changes.c.tenant_id == person.tenant_id, email_changes.c.user_id == person.user_id
    )
    of_change = and_(challenges.c.address_key.in_(wished), challenges.c.user_id == person.user_id)
    return or_(challenges.c.address_key == person.address_key, of_change)


def _events(person: Person) -> ColumnElement[bool]:
    """Those that name the user, and that of the registration, which has the user's id but was nobody's yet."""
    registered = moment_of(person.user_id)
    event = audit_events.c
    of_registration = and_(
        event.subject_id == person.user_id,
        event.id >= lowest_id_of(registered - _ONE_CALL),
        event.id < lowest_id_of(registered + _ONE_CALL),
    )
    return or_(event.user_id == person.user_id, of_registration)


def _invitations(person: Person) -> ColumnElement[bool]:
    return or_(invitations.c.inviter_user_id == person.user_id, invitations.c.address_key == person.address_key)


SOURCES: Final[Mapping[str, Condition]] = {
    "users": _of_user(users.c.id),
    "registrations": _of_address(registrations.c.address_key),
    "sessions": _of_user(sessions.c.user_id),
    "challenges": _challenges,
    "challenge_budgets": _of_address(challenge_budgets.c.address_key),
    "email_changes": _of_user(email_changes.c.user_id),
    "invitations": _invitations,
    "notifications": lambda person: notifications.c.id.in_(_mails(person)),
    "messages": lambda person: messages.c.id.in_(_mails(person, notifications.c.message_id)),
    "delivery_attempts": lambda person: delivery_attempts.c.notification_id.in_(_mails(person)),
    "opt_outs": _of_user(opt_outs.c.user_id),
    "suppressions": _of_address(suppressions.c.address_key),
    "audit_events": _events,
    "answered_requests": _of_user(answered_requests.c.user_id),
}
"""Which rows of each table are about a person. The order is that of the export."""


def rows(connection_of: Callable[[], Any], source: str, person: Person, size: int) -> Iterator[dict[str, Any]]:
    """A person's rows of one table, read `size` at a time, each time on a connection of its own."""
    table, after = metadata.tables[source], None
    while True:
        with connection_of() as connection:
            found = _page(connection, table, person, after, size)
        for row in found:
            yield {name: value for name, value in row.items() if name not in WITHHELD}
        if len(found) < size:
            return
        after = tuple(found[-1][column.name] for column in _key(table))


def _page(
    connection: Connection, table: Table, person: Person, after: tuple[Any, ...] | None, size: int
) -> list[dict[str, Any]]:
    key = _key(table)
    statement: Select[Any] = select(table).where(table.c.tenant_id == person.tenant_id, SOURCES[table.name](person))
    if after is not None:
        statement = statement.where(tuple_(*key) > tuple_(*after))
    return [dict(row._mapping) for row in connection.execute(statement.order_by(*key).limit(size))]


def _key(table: Table) -> list[Any]:
    return [column for column in table.primary_key.columns if column.name != "tenant_id"]
