"""Invitations."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from identity_service.storage.rows.row import Row


@dataclass(frozen=True, slots=True)
class Invitation(Row):
    """An address that was invited to become a user of that type; its id becomes the user's."""

    tenant_id: str
    id: UUID
    inviter_user_id: UUID
    email: str
    address_key: str
    user_type: str
    locale: str
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None = None
