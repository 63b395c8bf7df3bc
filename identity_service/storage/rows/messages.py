"""Messages to many, and campaigns."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from identity_service.storage.rows.row import Row


class CampaignState(StrEnum):
    """Where a campaign stands. A CANCELLED or FINISHED one stays so."""

    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Message(Row):
    """What is written to many. Its mails are rows of the outbox; it owns when somebody must look at them.

    `relay_at` is None while no mail of it can become due. The counts are of mails that have come to an end.
    """

    tenant_id: str
    id: UUID
    kind: str
    category: str
    queue: str
    subject: str | None
    body: str | None
    data: dict[str, Any]
    created_at: datetime
    relay_at: datetime | None
    wake: int = 1
    revision: int = 0
    sent: int = 0
    dead: int = 0
    suppressed: int = 0
    cancelled: int = 0


@dataclass(frozen=True, slots=True)
class Campaign(Row):
    """A message to every active user of some types.

    `expected` is how many users there were at its start; `recipients` how many have been queued. The fan-out stands at
    `user_types[type_position]`, after the user with the id `user_position`. It has nothing to do
    while `relay_at` is None.
    """

    tenant_id: str
    id: UUID
    name: str
    state: str
    user_types: list[str]
    created_at: datetime
    starts_at: datetime
    relay_at: datetime | None
    expected: int | None = None
    recipients: int = 0
    type_position: int = 0
    user_position: UUID | None = None
    fanned_out_at: datetime | None = None
    finished_at: datetime | None = None
