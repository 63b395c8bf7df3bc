"""Changes of an address."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from identity_service.storage.rows.row import Row


@dataclass(frozen=True, slots=True)
class EmailChange(Row):
    """A user's wish for another address. It has ended when it was confirmed, which leaves `old_address_key`, or when
    another wish of the same user was."""

    tenant_id: str
    id: UUID
    user_id: UUID
    new_email: str
    new_address_key: str
    old_address_key: str | None
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
