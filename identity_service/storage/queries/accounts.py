"""Registrations and users."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Connection, bindparam, delete, exists, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from identity_service.storage.batch import InsertTogether
from identity_service.storage.errors import RowConflict
from identity_service.storage.prepared import Prepared
from identity_service.storage.queries.stand_ins import is_nobody, padded
from identity_service.storage.rows import AuditEvent, Challenge, Notification, Registration, User, UserState
from identity_service.storage.tables import audit_events, challenges, notifications, registrations, users
from identity_service.storage.tables.columns import Time

_tenant: BindParameter[Any] = bindparam("of_tenant")
_address: BindParameter[Any] = bindparam("of_address")

_USER_BY_ADDRESS = Prepared(
    padded(
        select(*User.columns(users)).where(users.c.tenant_id == _tenant, users.c.address_key == _address),
        User.columns(users),
        rows=1,
    )
)
_USER_BY_ID = Prepared(
    select(*User.columns(users)).where(users.c.tenant_id == _tenant, users.c.id == bindparam("of_id"))
)
_INSERT_USER = Prepared(insert(users))
_MOVE_USER = Prepared(
    update(users)
    .where(
        users.c.tenant_id == _tenant,
        users.c.id == bindparam("of_id"),
        users.c.address_key == _address,
        users.c.state == UserState.ACTIVE,
        or_(
            users.c.password_changed_at.is_(None),
            users.c.password_changed_at < bindparam("asked_at", type_=Time),
        ),
    )
    .values(
        email=bindparam("new_email"),
        address_key=bindparam("new_address"),
        email_verified_at=bindparam("now", type_=Time),
        updated_at=bindparam("now", type_=Time),
    )
)
_REGISTER = InsertTogether(registrations, challenges, notifications, audit_events)
_REGISTRATION = Prepared(
    select(*Registration.columns(registrations)).where(
        registrations.c.tenant_id == _tenant, registrations.c.id == bindparam("of_id")
    )
)
_REGISTRATIONS_IN_PROGRESS = Prepared(
    padded(
        select(*Registration.columns(registrations)).where(
            registrations.c.tenant_id == _tenant,
            registrations.c.address_key == _address,
            registrations.c.expires_at > bindparam("now", type_=Time),
            ~exists().where(users.c.tenant_id == _tenant, users.c.address_key == _address),
        ),
        Registration.columns(registrations),
        rows=2,
    )
)
_FORGET_REGISTRATION = Prepared(
    delete(registrations).where(registrations.c.tenant_id == _tenant, registrations.c.id == bindparam("of_id"))
)


def user_by_address(connection: Connection, tenant_id: str, address_key: str) -> User | None:
    """The user with that address; to find that there is none takes as long."""
    found = User.from_tuple(_USER_BY_ADDRESS.first(connection, {"of_tenant": tenant_id, "of_address": address_key}))
    return None if is_nobody(found.id) else found


def user_by_id(connection: Connection, tenant_id: str, user_id: UUID) -> User | None:
    row = _USER_BY_ID.first(connection, {"of_tenant": tenant_id, "of_id": user_id})
    return User.from_tuple(row) if row else None


def insert_user(connection: Connection, user: User) -> None:
    """Raises `RowConflict` when the tenant has a user with that address already."""
    try:
        _INSERT_USER.run(connection, user.values())
    except IntegrityError as error:
        raise RowConflict("users") from error


def move_user(connection: Connection, user: User, moved: User, *, asked_at: datetime) -> bool:
    """Give the user the address of `moved`.

    False when the user is suspended, gone or elsewhere since being read, or has another password since `asked_at`:
    then it may have been somebody else who asked.

    Raises `RowConflict` when the tenant has a user with that address already.
    """
    parameters = {
        "of_tenant": user.tenant_id,
        "of_id": user.id,
        "of_address": user.address_key,
        "new_email": moved.email,
        "new_address": moved.address_key,
        "now": moved.email_verified_at,
        "asked_at": asked_at,
    }
    try:
        return _MOVE_USER.run(connection, parameters) == 1
    except IntegrityError as error:
        raise RowConflict("users") from error


def register(
    connection: Connection, registration: Registration, challenge: Challenge, mail: Notification, event: AuditEvent
) -> None:
    """Write an attempt to register, what proves its address, and the mail that carries the proof."""
    _REGISTER.execute(connection, registration.values(), challenge.values(), mail.values(), event.values())


def registration(connection: Connection, tenant_id: str, registration_id: UUID) -> Registration | None:
    """The attempt with that id, whether or not its time is over."""
    row = _REGISTRATION.first(connection, {"of_tenant": tenant_id, "of_id": registration_id})
    return Registration.from_tuple(row) if row else None


def only_registration(connection: Connection, tenant_id: str, address_key: str, now: datetime) -> Registration | None:
    """The attempt in progress at an address without a user; None if there is none, or more than one."""
    rows = _REGISTRATIONS_IN_PROGRESS.rows(connection, {"of_tenant": tenant_id, "of_address": address_key, "now": now})
    first, second = (Registration.from_tuple(row) for row in rows)
    return first if is_nobody(second.id) and not is_nobody(first.id) else None


def forget_registration(connection: Connection, tenant_id: str, registration_id: UUID) -> None:
    """Delete an attempt that has become a user.

    Others at its address stay: nobody can prove them any more, and their absence would tell that somebody has.
    """
    _FORGET_REGISTRATION.run(connection, {"of_tenant": tenant_id, "of_id": registration_id})
