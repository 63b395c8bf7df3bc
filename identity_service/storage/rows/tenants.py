"""Tenants, and the keys that their backends call with."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from identity_service.storage.rows.row import Row


@dataclass(frozen=True, slots=True)
class Tenant(Row):
    """One tenant. `profile` holds what differs from the settings, and nothing else."""

    id: str
    display_name: str
    profile: dict[str, Any]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ApiKey(Row):
    """A key that a backend calls with; of the key itself only its SHA-256 and its last four characters."""

    tenant_id: str
    id: UUID
    name: str
    fingerprint: bytes = field(repr=False)
    hint: str
    scopes: list[str]
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    successor_id: UUID | None = None
