"""Templates of a tenant's own."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from identity_service.storage.rows.row import Row


@dataclass(frozen=True, slots=True)
class TemplateOverride(Row):
    """One version of a tenant's template for a kind, user type (empty: all) and language. A deletion is one, too."""

    tenant_id: str
    id: UUID
    kind: str
    user_type: str
    locale: str
    version: int
    deleted: bool
    subject: str
    html: str
    text: str
    created_at: datetime
    created_by: str
