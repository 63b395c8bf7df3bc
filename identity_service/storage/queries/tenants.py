"""Tenants."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from identity_service.storage.errors import RowConflict
from identity_service.storage.prepared import Prepared
from identity_service.storage.rows import Tenant
from identity_service.storage.tables import tenants
from identity_service.storage.tables.columns import Json, Time

_of_id = tenants.c.id == bindparam("of_id")
_INSERT = Prepared(insert(tenants))
_BY_ID = Prepared(select(*Tenant.columns(tenants)).where(_of_id))
_LOCKED = Prepared(select(*Tenant.columns(tenants)).where(_of_id).with_for_update())
_CHANGE = Prepared(
    update(tenants)
    .where(_of_id)
    .values(
        display_name=bindparam("new_name"),
        profile=bindparam("new_profile", type_=Json),
        updated_at=bindparam("now", type_=Time),
    )
)
_PAGE = Prepared(
    select(*Tenant.columns(tenants))
    .where(tenants.c.id > bindparam("after_id"))
    .order_by(tenants.c.id)
    .limit(bindparam("size"))
)


def add(connection: Connection, tenant: Tenant) -> None:
    """Raises `RowConflict` when there is one with that id."""
    try:
        _INSERT.run(connection, tenant.values())
    except IntegrityError as error:
        raise RowConflict("tenants") from error


def by_id(connection: Connection, tenant_id: str) -> Tenant | None:
    row = _BY_ID.first(connection, {"of_id": tenant_id})
    return Tenant.from_tuple(row) if row else None


def locked(connection: Connection, tenant_id: str) -> Tenant | None:
    """The same, to be changed: nobody else changes it before the transaction ends."""
    row = _LOCKED.first(connection, {"of_id": tenant_id})
    return Tenant.from_tuple(row) if row else None


def change(connection: Connection, tenant_id: str, name: str, profile: dict[str, Any], now: datetime) -> None:
    parameters = {"of_id": tenant_id, "new_name": name, "new_profile": profile, "now": now}
    _CHANGE.run(connection, parameters)


def page(connection: Connection, *, after: str, size: int) -> list[Tenant]:
    """Up to `size` tenants by their ids, those after `after`."""
    rows = _PAGE.rows(connection, {"after_id": after, "size": size})
    return [Tenant.from_tuple(row) for row in rows]
