"""Users that come by the chunk: many rows in one statement."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import Connection, select, text

from identity_service.storage.batch import InsertMany
from identity_service.storage.prepared import Prepared
from identity_service.storage.rows import AuditEvent, User
from identity_service.storage.tables import audit_events, users

_USERS = InsertMany(users)
_EVENTS = InsertMany(audit_events)
_IDS = Prepared(
    text("SELECT address_key, id FROM users WHERE tenant_id = :of_tenant AND address_key = ANY(CAST(:keys AS text[]))")
)


def add_users(connection: Connection, rows: Iterable[User]) -> set[UUID]:
    """Insert those whose addresses have no user yet, and answer which these were."""
    return _USERS.execute(connection, [row.values() for row in rows])


def add_events(connection: Connection, events: Iterable[AuditEvent]) -> None:
    _EVENTS.execute(connection, [event.values() for event in events])


def ids_by_address(connection: Connection, tenant_id: str, keys: Sequence[str]) -> dict[str, UUID]:
    """Which users have these addresses."""
    if connection.dialect.name == "postgresql":
        return dict(_IDS.rows(connection, {"of_tenant": tenant_id, "keys": list(keys)}))
    found = select(users.c.address_key, users.c.id).where(users.c.tenant_id == tenant_id, users.c.address_key.in_(keys))
    return {row.address_key: row.id for row in connection.execute(found)}
