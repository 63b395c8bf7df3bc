"""What a message says, as a caller asks for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from identity_service.errors import FieldViolation, InvalidInput
from identity_service.notification.kinds import Kind, Queue
from identity_service.storage.rows import Message

TO_MANY = (Kind.NOTIFICATION, Kind.WELCOME)
"""The kinds that can be written to many: all others belong to one person's journey."""


@dataclass(frozen=True, slots=True)
class Content:
    """A notice with its subject and text, or a kind that needs none; `data` is for templates that name its values."""

    category: str
    kind: Kind = Kind.NOTIFICATION
    subject: str = ""
    body: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in TO_MANY:
            raise InvalidInput([FieldViolation("content.kind", "must be NOTIFICATION or WELCOME")])
        if self.kind is Kind.NOTIFICATION:
            _require(self.subject, "content.subject")
            _require(self.body, "content.message")

    def message(
        self, tenant_id: str, message_id: UUID, queue: Queue, now: datetime, relay_at: datetime | None
    ) -> Message:
        """The row of a message that says this."""
        return Message(
            tenant_id=tenant_id,
            id=message_id,
            kind=self.kind,
            category=self.category,
            queue=queue,
            subject=self.subject or None,
            body=self.body or None,
            data=dict(self.data),
            created_at=now,
            relay_at=relay_at,
        )


def _require(text: str, field_name: str) -> None:
    if not text.strip():
        raise InvalidInput([FieldViolation(field_name, "must not be empty")])
