"""Whom the service knows: users, and addresses with a registration that waits for its proof."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert

from identity_service.identity.passwords import HashingPlaces
from identity_service.ids import new_id
from identity_service.storage.database import Database
from identity_service.storage.rows import Registration, User
from identity_service.storage.tables import registrations, users

TENANT = "default"
PASSWORD = "fjord-quilt-ember-42"


def user_address(number: int) -> str:
    """An address that has a user."""
    return f"member-{number:07}@example.com"


def pending_address(number: int) -> str:
    """An address with a registration that nobody has proved yet."""
    return f"joiner-{number:07}@example.com"


def unknown_address(number: int) -> str:
    """An address that nobody has ever named, as long as the others."""
    return f"nobody-{number:07}@example.com"


def fill(database: Database, number: int) -> None:
    """So many users, and as many registrations."""
    with HashingPlaces().place() as place:
        password_hash = place.hash(PASSWORD)
    with database.begin() as transaction:
        transaction.connection.execute(insert(users), list(_users(number, password_hash)))
        transaction.connection.execute(insert(registrations), list(_registrations(number, password_hash)))


def _users(number: int, password_hash: str) -> Iterator[dict[str, object]]:
    now = datetime.now(UTC)
    for each in range(number):
        person = _person(user_address(each), password_hash)
        yield User(**person, state="active", created_at=now, email_verified_at=now).values()


def _registrations(number: int, password_hash: str) -> Iterator[dict[str, object]]:
    now = datetime.now(UTC)
    for each in range(number):
        person = _person(pending_address(each), password_hash)
        yield Registration(**person, created_at=now, expires_at=now + timedelta(days=1)).values()


def _person(address: str, password_hash: str) -> dict[str, Any]:
    return {
        "tenant_id": TENANT,
        "id": new_id(),
        "email": address,
        "address_key": address,
        "password_hash": password_hash,
        "given_name": "Ada",
        "family_name": "Lovelace",
        "user_type": "user",
        "locale": "en",
    }
