"""A fresh proof in the place of one whose mail expired before it could be sent."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Connection, Uuid, bindparam, exists, or_, select, update

from identity_service.storage.prepared import Prepared
from identity_service.storage.queries.challenges import open_challenge
from identity_service.storage.rows import AuditEvent, Challenge, Notification, UserState
from identity_service.storage.tables import challenges, email_changes, invitations, notifications, registrations, users
from identity_service.storage.tables.columns import Time

_challenge, _registration, _change = challenges.c, registrations.c, email_changes.c
_owner = users.alias("owner")
_new_expiry: BindParameter[Any] = bindparam("new_expiry", type_=Time)
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
    .values(expires_at=_new_expiry)
)
_later_change = email_changes.alias("later")
_EXTEND_EMAIL_CHANGE = Prepared(
    update(email_changes)
    .where(
        _change.tenant_id == _tenant,
        _change.id == _id,
        _change.ended_at.is_(None),
        ~exists().where(
            _later_change.c.tenant_id == _tenant,
            _later_change.c.user_id == _change.user_id,
            _later_change.c.id > _change.id,
        ),
        exists().where(
            users.c.tenant_id == _tenant,
            users.c.id == _change.user_id,
            users.c.state == UserState.ACTIVE,
            or_(users.c.password_changed_at.is_(None), users.c.password_changed_at < _change.created_at),
        ),
        ~exists().where(
            _owner.c.tenant_id == _tenant,
            _owner.c.address_key == _change.new_address_key,
            _owner.c.id != _change.user_id,
        ),
    )
    .values(expires_at=_new_expiry)
)
_EXTEND_INVITATION = Prepared(
    update(invitations)
    .where(
        invitations.c.tenant_id == _tenant,
        invitations.c.id == _id,
        invitations.c.accepted_at.is_(None),
        ~exists().where(users.c.tenant_id == _tenant, users.c.address_key == invitations.c.address_key),
        exists().where(
            _owner.c.tenant_id == _tenant,
            _owner.c.id == invitations.c.inviter_user_id,
            _owner.c.state == UserState.ACTIVE,
        ),
    )
    .values(expires_at=_new_expiry)
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
    return _extended(_EXTEND_REGISTRATION, connection, tenant_id, registration_id, expires_at)


def extend_email_change(connection: Connection, tenant_id: str, change_id: UUID, expires_at: datetime) -> bool:
    """Let a wish for another address live until then; False when it has ended, the user has another wish or may not
    move any more, or the address has an owner."""
    return _extended(_EXTEND_EMAIL_CHANGE, connection, tenant_id, change_id, expires_at)


def extend_invitation(connection: Connection, tenant_id: str, invitation_id: UUID, expires_at: datetime) -> bool:
    """Let an invitation live until then; False when it was accepted, the address has a user by now, or the inviter is
    active no more."""
    return _extended(_EXTEND_INVITATION, connection, tenant_id, invitation_id, expires_at)


def _extended(
    statement: Prepared, connection: Connection, tenant_id: str, subject_id: UUID, expires_at: datetime
) -> bool:
    parameters = {"of_tenant": tenant_id, "of_id": subject_id, "new_expiry": expires_at}
    return statement.run(connection, parameters) == 1


def put(connection: Connection, old: Notification, challenge: Challenge, mail: Notification, event: AuditEvent) -> None:
    """Write the fresh challenge and its mail, and that it stands for the old one."""
    open_challenge(connection, challenge, mail, event)
    _REPLACED.run(connection, {"of_tenant": old.tenant_id, "of_id": old.id, "new_id": mail.id})
