"""Rows of the outbox, written without a journey: many of them, or one in a state that takes long to get to."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from identity_service.ids import new_id
from identity_service.storage.database import Database
from identity_service.storage.tables import notifications


def fill(database: Database, count: int, *, now: datetime, **values: Any) -> list[UUID]:
    """Insert that many welcome mails, due since `now`; their ids, oldest first."""
    rows = [_row(now) | values | {"id": new_id()} for _ in range(count)]
    with database.begin() as transaction:
        transaction.connection.execute(insert(notifications), rows)
    return [row["id"] for row in rows]


def _row(now: datetime) -> dict[str, Any]:
    return {
        "tenant_id": "default",
        "kind": "welcome",
        "queue": "normal",
        "state": "queued",
        "user_id": None,
        "user_type": None,
        "challenge_id": None,
        "recipient": "ada@example.com",
        "recipient_key": "ada@example.com",
        "locale": "en",
        "context": {"given_name": "Ada"},
        "decoy": False,
        "attempts": 0,
        "attempt_limit": 4,
        "revision": 0,
        "last_error": None,
        "created_at": now,
        "due_at": now,
        "relay_at": now,
        "expires_at": None,
        "sent_at": None,
        "provider_reference": None,
        "erase_when_done": False,
        "message_id": None,
        "replaced_by": None,
        "predecessors": 0,
    }
