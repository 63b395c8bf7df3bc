"""Changes of an address: asked for, found by their code's user, and settled when one is confirmed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Connection, Uuid, bindparam, case, delete, select, update

from identity_service.storage.batch import InsertAfter
from identity_service.storage.prepared import Prepared
from identity_service.storage.queries import same_user
from identity_service.storage.rows import AuditEvent, Challenge, EmailChange, Notification, NotificationState, User
from identity_service.storage.tables import audit_events, challenge_budgets, challenges, email_changes, notifications
from identity_service.storage.tables.columns import Time

_change, _mail = email_changes.c, notifications.c
_tenant: BindParameter[Any] = bindparam("of_tenant")
_user: BindParameter[Any] = bindparam("of_user", type_=Uuid)
_id: BindParameter[Any] = bindparam("of_id", type_=Uuid)
_old_address: BindParameter[Any] = bindparam("old_address")
_now: BindParameter[Any] = bindparam("now", type_=Time)

_START = InsertAfter(same_user.SAME_USER, email_changes, challenges, notifications, audit_events)
_BY_ID = Prepared(select(*EmailChange.columns(email_changes)).where(_change.tenant_id == _tenant, _change.id == _id))
_NEWEST = Prepared(
    select(*EmailChange.columns(email_changes))
    .where(
        _change.tenant_id == _tenant,
        _change.user_id == _user,
        _change.ended_at.is_(None),
        _change.expires_at > bindparam("now"),
    )
    .order_by(_change.id.desc())
    .limit(1)
)
_END_ALL = Prepared(
    update(email_changes)
    .where(_change.tenant_id == _tenant, _change.user_id == _user, _change.ended_at.is_(None))
    .values(ended_at=_now, old_address_key=case((_change.id == _id, _old_address), else_=_change.old_address_key))
    .returning(_change.id)
)
_USE_UP_OLD = Prepared(
    update(challenges)
    .where(
        challenges.c.tenant_id == _tenant,
        challenges.c.address_key == _old_address,
        challenges.c.user_id == _user,
        challenges.c.used_at.is_(None),
    )
    .values(used_at=_now)
)
_STOP_MAILS = Prepared(
    update(notifications)
    .where(
        _mail.tenant_id == _tenant,
        _mail.user_id == _user,
        _mail.kind == "email_change",
        _mail.state == NotificationState.QUEUED,
    )
    .values(state=NotificationState.CANCELLED, revision=_mail.revision + 1)
)
_ADOPT_MAILS = Prepared(
    update(notifications)
    .where(_mail.tenant_id == _tenant, _mail.recipient_key == _old_address, _mail.user_id.is_(None))
    .values(user_id=_user)
)
_FORGET_BUDGETS = Prepared(
    delete(challenge_budgets).where(
        challenge_budgets.c.tenant_id == _tenant, challenge_budgets.c.address_key == _old_address
    )
)


def start(
    connection: Connection,
    asked_by: User,
    change: EmailChange,
    challenge: Challenge,
    mail: Notification,
    event: AuditEvent,
) -> bool:
    """Write a wish for another address, what proves that address, and the mail that carries the proof.

    False, and nothing is written, if password or state of the user are others than when `asked_by` was read.
    """
    rows = (change.values(), challenge.values(), mail.values(), event.values())
    return _START.execute(connection, same_user.parameters(asked_by), asked_by.id, *rows)


def by_id(connection: Connection, tenant_id: str, change_id: UUID) -> EmailChange | None:
    row = _BY_ID.first(connection, {"of_tenant": tenant_id, "of_id": change_id})
    return EmailChange.from_tuple(row) if row else None


def newest(connection: Connection, tenant_id: str, user_id: UUID, now: datetime) -> EmailChange | None:
    """The wish that the user made last, if it can still be confirmed."""
    row = _NEWEST.first(connection, {"of_tenant": tenant_id, "of_user": user_id, "now": now})
    return EmailChange.from_tuple(row) if row else None


def use_up_old_address(connection: Connection, user: User, now: datetime) -> None:
    """Let no proof that was sent to the user's present address open anything any more."""
    parameters = {"of_tenant": user.tenant_id, "of_user": user.id, "old_address": user.address_key, "now": now}
    _USE_UP_OLD.run(connection, parameters)


def end_all(connection: Connection, change: EmailChange, user: User, now: datetime) -> bool:
    """End all wishes of the user, of which `change` is met; False when that had ended before."""
    parameters = {"of_tenant": user.tenant_id, "of_user": user.id, "of_id": change.id, "now": now}
    return (change.id,) in _END_ALL.rows(connection, parameters | {"old_address": user.address_key})


def leave_old_address(connection: Connection, user: User) -> None:
    """Stop mails about wishes that have ended, and let what is kept about the old address be found by the user."""
    parameters = {"of_tenant": user.tenant_id, "of_user": user.id}
    old = {"old_address": user.address_key}
    _STOP_MAILS.run(connection, parameters)
    _ADOPT_MAILS.run(connection, parameters | old)
    _FORGET_BUDGETS.run(connection, {"of_tenant": user.tenant_id} | old)
