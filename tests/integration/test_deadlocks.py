"""Two calls that wait for each other on PostgreSQL, which ends one of them: neither caller hears of it."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import update

from identity_service.calls.once import Once
from identity_service.storage.database import Transaction
from identity_service.storage.tables import users
from tests.services.at_once import all_at_once
from tests.services.household import Household


@pytest.fixture
def household(postgres_url: str, tmp_path: Path) -> Iterator[Household]:
    """On SQLite one transaction at a time writes, and none waits for another."""
    with Household(postgres_url, tmp_path) as household:
        yield household


def rename(household: Household, first: UUID, second: UUID, both: threading.Barrier) -> Callable[[], str]:
    """Rename one user, wait until the other call has renamed the other, and rename that one."""
    runs, once = [], Once(household.core.database, household.core.key_ring, household.clock)

    def effect(transaction: Transaction) -> str:
        runs.append(transaction)
        for user_id in (first, second):
            named = update(users).where(users.c.id == user_id).values(family_name="Renamed")
            transaction.connection.execute(named)
            if user_id == first and len(runs) == 1:
                both.wait(10)
        return f"in {len(runs)}"

    return lambda: once.run(household.call(), str, effect)


def test_the_call_that_gives_way_is_carried_out_again(household: Household):
    ada, bob = household.user("ada@example.com").id, household.user("bob@example.com").id
    both = threading.Barrier(2)
    ended = all_at_once([rename(household, ada, bob, both), rename(household, bob, ada, both)])
    assert sorted(map(str, ended)) == ["in 1", "in 2"]
