"""Rows as plain values. The fields of each are the columns of its table, in the order of the class."""

from collections.abc import Hashable
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, Self, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Table


@cache
def _names(kind: Hashable) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cast(Any, kind)))


@dataclass(frozen=True, slots=True)
class Row:
    """A row of one table."""

    @classmethod
    def columns(cls, table: Any) -> list[ColumnElement[Any]]:
        """The columns to select so that `from_tuple` can read them back."""
        return [table.c[name] for name in _names(cast(Hashable, cls))]

    @classmethod
    def from_tuple(cls, row: Any) -> Self:
        return cls(*row)

    def values(self) -> dict[str, Any]:
        """Column names and values, for an insert."""
        return {name: getattr(self, name) for name in _names(cast(Hashable, type(self)))}

    @classmethod
    def complete(cls, table: Table) -> bool:
        """Whether the fields are exactly the table's columns."""
        return set(_names(cast(Hashable, cls))) == set(table.c.keys())


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


@dataclass(frozen=True, slots=True)
class Challenge(Row):
    tenant_id: str
    id: UUID
    purpose: str
    address_key: str
    key_id: str
    registration_id: UUID | None
    user_id: UUID | None
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


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


class NotificationState(StrEnum):
    """Where a mail stands. Only QUEUED and SENDING go on by themselves; a DEAD one waits for an operator."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DEAD = "dead"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    SUPPRESSED = "suppressed"


@dataclass(frozen=True, slots=True)
class Notification(Row):
    """A mail of the outbox. `relay_at` is when the relay looks at it again if nobody else has moved it on."""

    tenant_id: str
    id: UUID
    kind: str
    queue: str
    state: str
    user_id: UUID | None
    challenge_id: UUID | None
    recipient: str
    recipient_key: str
    locale: str
    context: dict[str, Any]
    decoy: bool
    attempts: int
    attempt_limit: int
    revision: int
    last_error: str | None
    created_at: datetime
    due_at: datetime
    relay_at: datetime
    expires_at: datetime | None
    sent_at: datetime | None = None
    provider_reference: str | None = None


@dataclass(frozen=True, slots=True)
class DeliveryAttempt(Row):
    tenant_id: str
    notification_id: UUID
    number: int
    started_at: datetime
    ended_at: datetime
    outcome: str
    error: str | None


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
