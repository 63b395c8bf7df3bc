"""The audit trail, read: pages from the newest down, and what has become visible since."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Connection, Select, bindparam, cast, func, select, text, tuple_
from sqlalchemy import Text as SqlText

from identity_service.storage.prepared import Prepared
from identity_service.storage.rows import AuditEvent
from identity_service.storage.tables import audit_events
from identity_service.storage.tables.positions import MILLISECONDS_ON_SQLITE

SCANNED_AT_MOST = 10_000
"""How many events a page looks through: a filter that fits few of them must not read the whole table."""

_CLOCKS_DIFFER = timedelta(minutes=5)
_table = audit_events.c
_UNSETTLED = cast(cast(func.pg_snapshot_xmin(func.pg_current_snapshot()), SqlText), BigInteger)
"""The oldest transaction under way, in the same snapshot that decides which rows are seen: all before it have ended."""


class Position(NamedTuple):
    """A place in the order in which events become visible; that of the event `id`, or between two of them."""

    number: int
    id: UUID


BEGINNING = Position(0, UUID(int=0))
"""Before all events."""
_LAST_ID = UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events to read; an empty part does not restrict."""

    events: Sequence[str] = ()
    outcome: str | None = None
    actor: str | None = None
    ip_address: str | None = None
    user_id: UUID | None = None
    subject_id: UUID | None = None

    def admits(self, event: AuditEvent) -> bool:
        """Whether it is one of those."""
        return (not self.events or event.event in self.events) and all(
            wanted is None or getattr(event, name) == wanted for name, wanted in self._exact()
        )

    def conditions(self, columns: Any) -> Iterator[ColumnElement[bool]]:
        """The same, for the database."""
        if self.events:
            yield columns.event.in_(self.events)
        yield from (columns[name] == wanted for name, wanted in self._exact() if wanted is not None)

    def _exact(self) -> Iterator[tuple[str, Any]]:
        for name in ("outcome", "actor", "ip_address", "user_id", "subject_id"):
            yield name, getattr(self, name)


@dataclass(frozen=True, slots=True)
class Span:
    """When the events were made: at `start` or later, before `end`."""

    start: datetime | None = None
    end: datetime | None = None

    def conditions(self, columns: Any) -> Iterator[ColumnElement[bool]]:
        if self.start:
            yield columns.created_at >= self.start
        if self.end:
            yield columns.created_at < self.end

    def ids(self) -> Iterator[ColumnElement[bool]]:
        """Between which ids those events are, generously, for ids are made by other clocks than the database's rows."""
        if self.start:
            yield _table.id >= _first_id(self.start, -_CLOCKS_DIFFER)
        if self.end:
            yield _table.id < _first_id(self.end, _CLOCKS_DIFFER)


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some events, newest first; `last_seen` is where the next page goes on, None after the last."""

    events: tuple[AuditEvent, ...]
    last_seen: UUID | None


def page(
    connection: Connection, tenant_id: str, wanted: EventFilter, span: Span, *, before: UUID | None, size: int
) -> AuditPage:
    """Up to `size` events older than `before`. Fewer, or none, may be found before the last page."""
    scanned = _scanned(tenant_id, wanted.user_id, span, before)
    found = _found(connection, scanned, wanted, span, size + 1)
    if len(found) > size:
        return AuditPage(tuple(found[:size]), found[size - 1].id)
    end = scanned.with_only_columns(_table.id).offset(SCANNED_AT_MOST - 1).limit(1)
    return AuditPage(tuple(found), connection.execute(end).scalar())


def _scanned(tenant_id: str, user_id: UUID | None, span: Span, before: UUID | None) -> Select[Any]:
    """What can be found by an index, newest first."""
    statement = select(*AuditEvent.columns(audit_events)).where(_table.tenant_id == tenant_id, *span.ids())
    if user_id:
        statement = statement.where(_table.user_id == user_id)
    if before:
        statement = statement.where(_table.id < before)
    return statement.order_by(_table.id.desc())


def _found(
    connection: Connection, scanned: Select[Any], wanted: EventFilter, span: Span, most: int
) -> list[AuditEvent]:
    window = scanned.limit(SCANNED_AT_MOST).subquery()
    conditions = (*wanted.conditions(window.c), *span.conditions(window.c))
    statement = select(window).where(*conditions).order_by(window.c.id.desc()).limit(most)
    return [AuditEvent.from_tuple(row) for row in connection.execute(statement)]


def _first_id(moment: datetime, later: timedelta) -> UUID:
    """Before all ids of UUID version 7 made so much later than that moment (of 1970 to 9999)."""
    milliseconds = int((moment.timestamp() + later.total_seconds()) * 1000)
    return UUID(int=max(0, milliseconds) << 80)


_COLUMNS = (*AuditEvent.columns(audit_events), _table.position)
_AFTER = (
    _table.tenant_id == bindparam("of_tenant"),
    _table.position >= bindparam("after_number"),
    tuple_(_table.position, _table.id) > tuple_(bindparam("after_number"), bindparam("after_id", type_=_table.id.type)),
)
_IN_ORDER = select(*_COLUMNS).where(*_AFTER).order_by(_table.position, _table.id).limit(bindparam("most"))
_SETTLED = {"postgresql": Prepared(_IN_ORDER.where(_table.position < _UNSETTLED)), "sqlite": Prepared(_IN_ORDER)}
_NEWEST = select(func.max(_table.position)).where(_table.tenant_id == bindparam("of_tenant"))
_NEWEST_SETTLED = {"postgresql": Prepared(_NEWEST.where(_table.position < _UNSETTLED)), "sqlite": Prepared(_NEWEST)}
_BEYOND = {
    "postgresql": text("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"),
    "sqlite": text(f"SELECT 2 * {MILLISECONDS_ON_SQLITE}"),
}


def newest_settled(connection: Connection, tenant_id: str) -> Position:
    """Where a reader begins who wants what becomes visible from now on.

    That of a row, and not the number of the next transaction: after a crash, numbers that wrote nothing come again.
    """
    (number,) = _NEWEST_SETTLED[connection.dialect.name].first(connection, {"of_tenant": tenant_id})
    return Position(number or 0, _LAST_ID)


def is_possible(connection: Connection, position: Position) -> bool:
    """Whether an event may have that position: false for one of another PostgreSQL cluster that has come further."""
    beyond: int = connection.execute(_BEYOND[connection.dialect.name]).scalar_one()
    return position.number < beyond


def settled_after(
    connection: Connection, tenant_id: str, after: Position, *, most: int
) -> list[tuple[Position, AuditEvent]]:
    """The next events in the order in which they become visible; none will ever appear among or before them."""
    parameters = {"of_tenant": tenant_id, "after_number": after.number, "after_id": after.id, "most": most}
    rows = _SETTLED[connection.dialect.name].rows(connection, parameters)
    events = [(AuditEvent.from_tuple(row[:-1]), row[-1]) for row in rows]
    return [(Position(number, event.id), event) for event, number in events]
