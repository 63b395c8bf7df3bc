"""A fresh proof in the place of one whose mail expired before it could be sent."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Connection, Uuid, bindparam, exists, select, update

from identity_service.storage.prepared import Prepared
from identity_service.storage.queries.challenges import open_challenge
from identity_service.storage.rows import AuditEvent, Challenge, Notification
from identity_service.storage.tables import challenges, notifications, registrations, users
from identity_service.storage.tables.columns import Time

_challenge, _registration = challenges.c, registrations.c
_tenant: BindParameter[Any] = bindparam("of_tenant")
_id: BindParameter[Any] = bindparam("of_id", type_=Uuid)

_NEWER = Prepared(
    select(_challenge.id)
    .where(
        _challenge.tenant_id == _tenant,
        _challenge.purpose == bindparam("of_purpose"),
        _challenge.address_key == bindparam("of_address"),
        _challenge.subject_id.is_not_distinct_from(bindparam("of_subject", type_=Uuid)),
        _challenge.id > _id,
    )
    .limit(1)
)
_EXTEND_REGISTRATION = Prepared(
    update(registrations)
    .where(
        _registration.tenant_id == _tenant,
        _registration.id == _id,
        ~exists().where(users.c.tenant_id == _tenant, users.c.address_key == _registration.address_key),
    )
    .values(expires_at=bindparam("new_expiry", type_=Time))
)
_REPLACED = Prepared(
    update(notifications)
    .where(notifications.c.tenant_id == _tenant, notifications.c.id == _id)
    .values(replaced_by=bindparam("new_id", type_=Uuid))
)


def has_newer(connection: Connection, challenge: Challenge) -> bool:
    """Whether a later challenge was made for the same thing, so that its mail is the one that counts."""
    parameters = {
        "of_tenant": challenge.tenant_id,
        "of_purpose": challenge.purpose,
        "of_address": challenge.address_key,
        "of_subject": challenge.subject_id,
        "of_id": challenge.id,
    }
    return _NEWER.first(connection, parameters) is not None


def extend_registration(connection: Connection, tenant_id: str, registration_id: UUID, expires_at: datetime) -> bool:
    """Let an attempt to register live until then; False when it is gone, or its address has a user."""
    parameters = {"of_tenant": tenant_id, "of_id": registration_id, "new_expiry": expires_at}
    return _EXTEND_REGISTRATION.run(connection, parameters) == 1


def put(connection: Connection, old: Notification, challenge: Challenge, mail: Notification, event: AuditEvent) -> None:
    """Write the fresh challenge and its mail, and that it stands for the old one."""
    open_challenge(connection, challenge, mail, event)
    _REPLACED.run(connection, {"of_tenant": old.tenant_id, "of_id": old.id, "new_id": mail.id})
