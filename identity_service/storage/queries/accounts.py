"""Registrations and users."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Connection, bindparam, delete, insert, select
from sqlalchemy.exc import IntegrityError

from identity_service.storage.errors import RowConflict
from identity_service.storage.rows import Registration, User
from identity_service.storage.tables import registrations, users

_tenant: BindParameter[Any] = bindparam("of_tenant")
_address: BindParameter[Any] = bindparam("of_address")

_USER_BY_ADDRESS = select(*User.columns(users)).where(users.c.tenant_id == _tenant, users.c.address_key == _address)
_USER_BY_ID = select(*User.columns(users)).where(users.c.tenant_id == _tenant, users.c.id == bindparam("of_id"))
_INSERT_USER = insert(users)
_REGISTRATION = select(*Registration.columns(registrations)).where(
    registrations.c.tenant_id == _tenant,
    registrations.c.id == bindparam("of_id"),
    registrations.c.expires_at > bindparam("now"),
)
_NEWEST_REGISTRATION = (
    select(*Registration.columns(registrations))
    .where(
        registrations.c.tenant_id == _tenant,
        registrations.c.address_key == _address,
        registrations.c.expires_at > bindparam("now"),
    )
    .order_by(registrations.c.id.desc())
    .limit(1)
)
_FORGET_REGISTRATIONS = delete(registrations).where(
    registrations.c.tenant_id == _tenant, registrations.c.address_key == _address
)


def user_by_address(connection: Connection, tenant_id: str, address_key: str) -> User | None:
    row = connection.execute(_USER_BY_ADDRESS, {"of_tenant": tenant_id, "of_address": address_key}).first()
    return User.from_tuple(row) if row else None


def user_by_id(connection: Connection, tenant_id: str, user_id: UUID) -> User | None:
    row = connection.execute(_USER_BY_ID, {"of_tenant": tenant_id, "of_id": user_id}).first()
    return User.from_tuple(row) if row else None


def insert_user(connection: Connection, user: User) -> None:
    """Raises `RowConflict` when the tenant has a user with that address already."""
    try:
        connection.execute(_INSERT_USER, user.values())
    except IntegrityError as error:
        raise RowConflict("users") from error


def registration(connection: Connection, tenant_id: str, registration_id: UUID, now: datetime) -> Registration | None:
    """The attempt with that id, unless its time is over."""
    row = connection.execute(_REGISTRATION, {"of_tenant": tenant_id, "of_id": registration_id, "now": now}).first()
    return Registration.from_tuple(row) if row else None


def newest_registration(connection: Connection, tenant_id: str, address_key: str, now: datetime) -> Registration | None:
    """The latest attempt at that address, unless its time is over."""
    parameters = {"of_tenant": tenant_id, "of_address": address_key, "now": now}
    row = connection.execute(_NEWEST_REGISTRATION, parameters).first()
    return Registration.from_tuple(row) if row else None


def forget_registrations(connection: Connection, tenant_id: str, address_key: str) -> None:
    """Delete every attempt at that address: its owner has proved which one was theirs."""
    connection.execute(_FORGET_REGISTRATIONS, {"of_tenant": tenant_id, "of_address": address_key})
