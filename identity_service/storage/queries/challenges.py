"""Challenges: opened with the mail that carries their proof, found by their id, used up."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, select, update

from identity_service.storage.batch import InsertTogether
from identity_service.storage.prepared import Prepared
from identity_service.storage.rows import AuditEvent, Challenge, Notification
from identity_service.storage.tables import audit_events, challenges, notifications
from identity_service.storage.tables.columns import Time

UNUSED_OF_ADDRESS = (
    challenges.c.tenant_id == bindparam("of_tenant"),
    challenges.c.purpose == bindparam("of_purpose"),
    challenges.c.address_key == bindparam("of_address"),
    challenges.c.used_at.is_(None),
)
USE = (
    update(challenges).where(*UNUSED_OF_ADDRESS).values(used_at=bindparam("now", type_=Time)).returning(challenges.c.id)
)
_OPEN = InsertTogether(challenges, notifications, audit_events)
_BY_ID = Prepared(
    select(*Challenge.columns(challenges)).where(
        challenges.c.tenant_id == bindparam("of_tenant"), challenges.c.id == bindparam("of_id")
    )
)
_USE = Prepared(USE)


def open_challenge(connection: Connection, challenge: Challenge, mail: Notification, event: AuditEvent) -> None:
    """Write a challenge, and the mail that carries its proof."""
    _OPEN.execute(connection, challenge.values(), mail.values(), event.values())


def by_id(connection: Connection, tenant_id: str, challenge_id: UUID) -> Challenge | None:
    row = _BY_ID.first(connection, {"of_tenant": tenant_id, "of_id": challenge_id})
    return Challenge.from_tuple(row) if row else None


def use(connection: Connection, challenge: Challenge, now: datetime) -> bool:
    """Use up every challenge of the same purpose and address. False when somebody has used this one before."""
    return (challenge.id,) in _USE.rows(connection, use_parameters(challenge, now))


def use_parameters(challenge: Challenge, now: datetime) -> dict[str, Any]:
    """The parameters of `USE` for that challenge."""
    return {
        "of_tenant": challenge.tenant_id,
        "of_purpose": challenge.purpose,
        "of_address": challenge.address_key,
        "now": now,
    }
