"""The outbox."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from identity_service.storage.rows.row import Row


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
    """A mail of the outbox. `relay_at` is when the relay looks at it again if nobody else has moved it on.

    `user_type` is that of the person it is written for, None when nobody knows it; templates may differ by it.
    """

    tenant_id: str
    id: UUID
    kind: str
    queue: str
    state: str
    user_id: UUID | None
    user_type: str | None
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
    erase_when_done: bool = False
    message_id: UUID | None = None
    replaced_by: UUID | None = None
    predecessors: int = 0


@dataclass(frozen=True, slots=True)
class DeliveryAttempt(Row):
    tenant_id: str
    notification_id: UUID
    number: int
    started_at: datetime
    ended_at: datetime
    outcome: str
    error: str | None
