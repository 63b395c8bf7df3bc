"""Suppressed addresses."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from identity_service.storage.rows.row import Row


class SuppressionReason(StrEnum):
    """Why an address is not written to."""

    HARD_BOUNCE = "hard_bounce"
    """Its server refuses it for good. This stops all mail, security mail too: it could not arrive."""
    COMPLAINT = "complaint"
    """Its owner called a mail spam."""
    OPERATOR = "operator"
    """An operator said so."""


@dataclass(frozen=True, slots=True)
class Suppression(Row):
    """An address that gets no mail of that category; of none, when the category is empty."""

    tenant_id: str
    id: UUID
    email: str
    address_key: str
    category: str
    reason: str
    note: str
    created_at: datetime
