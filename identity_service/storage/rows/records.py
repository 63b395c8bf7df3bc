"""What is kept of calls."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from identity_service.storage.rows.row import Row


@dataclass(frozen=True, slots=True)
class AuditEvent(Row):
    tenant_id: str
    id: UUID
    event: str
    outcome: str
    reason: str | None
    actor: str
    user_id: UUID | None
    subject_id: UUID | None
    ip_address: str | None
    user_agent: str | None
    created_at: datetime
