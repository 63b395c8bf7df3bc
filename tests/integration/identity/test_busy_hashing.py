"""A server that has no room for one more password says so at once, and the call costs its caller nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest

from identity_service.identity.passwords import HashingBusy, PasswordHasher
from identity_service.identity.passwords.turns import Turns
from identity_service.identity.start_password_reset import ResetMethod
from tests.services.household import PASSWORD, Household

ADA, NEW = "ada@example.com", "walnut-comet-drizzle-7"
MORE_TRIES_THAN_ANY_LIMIT = 7
ONCE = "1/1h"


@pytest.fixture
def strict(database_url: str, tmp_path: Path) -> Iterator[Household]:
    """Every journey that hashes is granted once an hour."""
    rules = ("REGISTER", "SIGN_IN", "PASSWORD_CHECK", "NEW_PASSWORD_NETWORK")
    with Household(database_url, tmp_path) as lax:
        lax.user(ADA)
        yield lax.restarted(IDENTITY_RATE_LIMITS="on", **{f"IDENTITY_LIMIT_{rule}": ONCE for rule in rules})


@contextmanager
def busy(household: Household) -> Iterator[None]:
    """All who may hash do, and nobody may queue."""
    hasher: PasswordHasher = household.journeys.sign_in._hasher
    turns = Turns(running=1, waiting=0, patience=timedelta(0))
    with patch.object(hasher, "_turns", turns), turns.turn():
        yield


def registering(household: Household) -> Callable[[], object]:
    return lambda: household.register("bob@example.com")


def signing_in(household: Household) -> Callable[[], object]:
    return lambda: household.journeys.sign_in(household.call(), ADA, PASSWORD)


def changing_the_password(household: Household) -> Callable[[], object]:
    ada = household.journeys.user_accounts.get_by_email("default", ADA)
    return lambda: household.journeys.change_password(household.call(), ada.id, PASSWORD, NEW)


def resetting_by_code(household: Household) -> Callable[[], object]:
    queued = household.journeys.start_password_reset(household.call(), ADA, ResetMethod.CODE)
    proof = household.proof(queued.notification_id)
    return lambda: household.journeys.confirm_password_reset(household.call(), proof, NEW)


@pytest.mark.parametrize("journey", [registering, signing_in, changing_the_password, resetting_by_code])
def test_who_is_told_to_come_back_has_used_up_nothing(strict: Household, journey: Callable[..., Callable[[], object]]):
    go = journey(strict)
    with busy(strict):
        for _ in range(MORE_TRIES_THAN_ANY_LIMIT):
            with pytest.raises(HashingBusy):
                go()
    assert go()
