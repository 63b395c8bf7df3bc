"""Sessions."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from identity_service.storage.rows.row import Row


@dataclass(frozen=True, slots=True)
class Session(Row):
    tenant_id: str
    id: UUID
    user_id: UUID
    method: str
    ip_address: str | None
    user_agent: str | None
    generation: int
    refresh_key_id: str
    refresh_fingerprint: bytes = field(repr=False)
    created_at: datetime
    rotated_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    revoke_reason: str | None = None
