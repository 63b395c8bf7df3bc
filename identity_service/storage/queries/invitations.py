"""Invitations: sent, found by the proof of their mail, and accepted."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Connection, Uuid, bindparam, select, update

from identity_service.storage.batch import InsertTogether
from identity_service.storage.prepared import Prepared
from identity_service.storage.rows import AuditEvent, Challenge, Invitation, Notification
from identity_service.storage.tables import audit_events, challenges, invitations, notifications
from identity_service.storage.tables.columns import Time

_tenant: BindParameter[Any] = bindparam("of_tenant")
_id: BindParameter[Any] = bindparam("of_id", type_=Uuid)
_one = (invitations.c.tenant_id == _tenant, invitations.c.id == _id)

_SEND = InsertTogether(invitations, challenges, notifications, audit_events)
_BY_ID = Prepared(select(*Invitation.columns(invitations)).where(*_one))
_ACCEPT = Prepared(update(invitations).where(*_one).values(accepted_at=bindparam("now", type_=Time)))


def send(
    connection: Connection, invitation: Invitation, challenge: Challenge, mail: Notification, event: AuditEvent
) -> None:
    """Write an invitation, what proves the invited address, and the mail that carries the proof."""
    _SEND.execute(connection, invitation.values(), challenge.values(), mail.values(), event.values())


def by_id(connection: Connection, tenant_id: str, invitation_id: UUID) -> Invitation | None:
    row = _BY_ID.first(connection, {"of_tenant": tenant_id, "of_id": invitation_id})
    return Invitation.from_tuple(row) if row else None


def accept(connection: Connection, invitation: Invitation, now: datetime) -> None:
    """Write down that the invitation has become a user. Its challenge sees to it that it does so once."""
    _ACCEPT.run(connection, {"of_tenant": invitation.tenant_id, "of_id": invitation.id, "now": now})
