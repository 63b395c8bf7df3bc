"""Attempts to register, and users."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from identity_service.storage.rows.row import Row


class UserState(StrEnum):
    """What a user may do."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class User(Row):
    tenant_id: str
    id: UUID
    email: str
    address_key: str
    password_hash: str = field(repr=False)
    given_name: str
    family_name: str
    user_type: str
    locale: str
    state: str
    created_at: datetime
    email_verified_at: datetime | None
    updated_at: datetime | None = None
    suspended_at: datetime | None = None
    suspend_reason: str | None = None
    external_reference: str | None = None
    password_changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Registration(Row):
    """One attempt to register; it becomes a user when, and only when, its own mail is answered."""

    tenant_id: str
    id: UUID
    email: str
    address_key: str
    password_hash: str = field(repr=False)
    given_name: str
    family_name: str
    user_type: str
    locale: str
    created_at: datetime
    expires_at: datetime
