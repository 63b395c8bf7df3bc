"""Challenges."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from identity_service.storage.rows.row import Row


@dataclass(frozen=True, slots=True)
class Challenge(Row):
    """What must be proved. `subject_id` is the registration, e-mail change or invitation that the proof is for."""

    tenant_id: str
    id: UUID
    purpose: str
    address_key: str
    key_id: str
    subject_id: UUID | None
    user_id: UUID | None
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
