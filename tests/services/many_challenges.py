"""Challenges, registrations, sessions and users by the thousand, so that a plan without an index shows."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from identity_service.ids import new_id
from identity_service.storage.database import Database
from identity_service.storage.tables import audit_events, challenges, delivery_attempts, registrations, sessions, users

PURPOSES = {1: "verify_email", 2: "reset_password", 3: "change_email", 4: "invitation"}
"""What every tenth challenge is for; all others are codes to sign in."""


def crowd(database: Database, count: int, now: datetime) -> None:
    """That many of each, every one with an address of its own."""
    numbers = range(count)
    with database.begin() as transaction:
        for table, row in ((challenges, _challenge), (registrations, _registration), (sessions, _session)):
            transaction.connection.execute(insert(table), [row(number, now) for number in numbers])
        transaction.connection.execute(insert(users), [_user(number, now) for number in numbers])
        transaction.connection.execute(insert(delivery_attempts), [_attempt(now) for _ in numbers])
        transaction.connection.execute(insert(audit_events), [_event(now) for _ in numbers])


def add_user(database: Database, address: str, **values: Any) -> UUID:
    """One active user at that address, who never registered."""
    row = _user(0, datetime.now(UTC)) | {"email": address, "address_key": address} | values
    with database.begin() as transaction:
        transaction.connection.execute(insert(users), row)
    return row["id"]


def _challenge(number: int, now: datetime) -> dict[str, Any]:
    return {
        "tenant_id": "default",
        "id": new_id(),
        "purpose": PURPOSES.get(number % 10, "sign_in"),
        "address_key": f"{number}@example.com",
        "key_id": "k",
        "subject_id": None,
        "user_id": None,
        "created_at": now,
        "expires_at": now + timedelta(minutes=10),
        "used_at": None,
    }


def _person(number: int, now: datetime) -> dict[str, Any]:
    return {
        "tenant_id": "default",
        "id": new_id(),
        "email": f"{number}@example.com",
        "address_key": f"{number}@example.com",
        "password_hash": "none",
        "given_name": "",
        "family_name": "",
        "user_type": "user",
        "locale": "en",
        "created_at": now,
    }


def _registration(number: int, now: datetime) -> dict[str, Any]:
    return _person(number, now) | {"expires_at": now + timedelta(days=1)}


def _user(number: int, now: datetime) -> dict[str, Any]:
    return _person(number, now) | {"state": "active", "email_verified_at": now, "user_type": f"type {number % 5}"}


def _session(number: int, now: datetime) -> dict[str, Any]:
    return {
        "tenant_id": "default",
        "id": new_id(),
        "user_id": new_id(),
        "method": "password",
        "ip_address": None,
        "user_agent": None,
        "generation": 0,
        "refresh_key_id": "k",
        "refresh_fingerprint": number.to_bytes(32),
        "created_at": now,
        "rotated_at": now,
        "expires_at": now + timedelta(days=30),
        "revoked_at": None,
        "revoke_reason": None,
    }


def _attempt(now: datetime) -> dict[str, Any]:
    return {
        "tenant_id": "default",
        "notification_id": new_id(),
        "number": 1,
        "started_at": now,
        "ended_at": now,
        "outcome": "sent",
        "error": None,
    }


def _event(now: datetime) -> dict[str, Any]:
    return {
        "tenant_id": "default",
        "id": new_id(),
        "event": "session.signed_in",
        "outcome": "succeeded",
        "reason": None,
        "actor": "test",
        "user_id": None,
        "subject_id": None,
        "ip_address": None,
        "user_agent": None,
        "created_at": now,
    }
