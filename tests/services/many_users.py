"""Users, written without a journey: as many as a message to many needs."""

from typing import Any
from uuid import UUID

from sqlalchemy import insert

from identity_service.ids import new_id
from identity_service.storage.tables import users
from tests.services.household import Household


def add_users(household: Household, number: int, **values: Any) -> list[UUID]:
    """That many active users, `1@<user type>.example` and so on; their ids, in the order of their numbers."""
    row = _row(household) | values
    domain = f"{row['user_type']}.example"
    ids = [new_id() for _ in range(number)]
    rows = [
        row | {"id": user_id, "email": f"{index}@{domain}", "address_key": f"{index}@{domain}"}
        for index, user_id in enumerate(ids, 1)
    ]
    with household.core.database.begin() as transaction:
        transaction.connection.execute(insert(users), rows)
    return ids


def _row(household: Household) -> dict[str, Any]:
    now = household.clock()
    return {
        "tenant_id": "default",
        "password_hash": "none",
        "given_name": "Ada",
        "family_name": "Lovelace",
        "user_type": "user",
        "locale": "en",
        "state": "active",
        "created_at": now,
        "email_verified_at": now,
    }
