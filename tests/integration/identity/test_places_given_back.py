"""However a call ends that has a place to hash, the next one finds it free."""

from collections.abc import Callable
from unittest.mock import patch
from uuid import UUID

import pytest
from argon2.exceptions import HashingError

from identity_service.errors import LimitExceeded
from identity_service.identity.accept_invitation import AcceptCommand
from identity_service.identity.addresses import parse_address
from identity_service.identity.challenges import EmailCode
from identity_service.identity.errors import AttemptsExhausted, CredentialsRejected, ProofRejected
from identity_service.identity.passwords import NoBreachedPasswords, PasswordRefused
from identity_service.identity.passwords.hashing import PasswordHasher
from identity_service.identity.passwords.schemes import HashRefused
from identity_service.identity.start_email_change import EmailChangeCommand
from identity_service.identity.start_password_reset import ResetMethod
from identity_service.storage.database import Database
from identity_service.storage.errors import DatabaseUnavailable
from tests.services.hashing import places_taken
from tests.services.household import PASSWORD, Household

ADA, NEW = "ada@example.com", "walnut-comet-drizzle-7"


def user_id(household: Household) -> UUID:
    return household.journeys.user_accounts.get_by_email("default", ADA).id


def sign_in(household: Household, password: str = PASSWORD) -> object:
    return household.journeys.sign_in(household.call(), ADA, password)


def change(household: Household, old: str = PASSWORD, new: str = NEW) -> object:
    return household.journeys.change_password(household.call(), user_id(household), old, new)


def start_change(household: Household, password: str = PASSWORD) -> object:
    command = EmailChangeCommand(user_id(household), password, "new@example.com")
    return household.journeys.start_email_change(household.call(), command)


def reset(household: Household, tries: int = 1) -> object:
    """By a code that is wrong."""
    for _ in range(tries - 1):
        with pytest.raises(ProofRejected):
            reset(household)
    proof = EmailCode(parse_address(ADA), "000000")
    return household.journeys.confirm_password_reset(household.call(), proof, NEW)


def reset_to_breached(household: Household) -> object:
    asked = household.journeys.start_password_reset(household.call(), ADA, ResetMethod.LINK)
    link = household.letter(asked.notification_id).link
    with patch.object(NoBreachedPasswords, "contains", return_value=True):
        return household.journeys.confirm_password_reset(household.call(), link, NEW)


def accept(household: Household) -> object:
    return household.journeys.accept_invitation(household.call(), AcceptCommand("no token", PASSWORD))


def delete(household: Household) -> object:
    return household.journeys.delete_account(household.call(), user_id(household), "wrong")


def sign_in_with_damaged_hash(household: Household) -> object:
    household.set_hash(user_id(household), "damaged")
    return sign_in(household)


def sign_in_too_often(household: Household) -> object:
    with household.restarted(IDENTITY_RATE_LIMITS="on", IDENTITY_LIMIT_SIGN_IN="1/1h") as strict:
        return [sign_in(strict) for _ in range(2)]


def sign_in_without_database(household: Household) -> object:
    with patch.object(Database, "connect", side_effect=DatabaseUnavailable):
        return sign_in(household)


def register_without_memory(household: Household) -> object:
    with patch.object(PasswordHasher, "hash", side_effect=HashingError):
        return household.register("bob@example.com")


FAULTS: list[tuple[Callable[[Household], object], type[Exception]]] = [
    (lambda one: sign_in(one, "wrong"), CredentialsRejected),
    (sign_in_with_damaged_hash, HashRefused),
    (sign_in_too_often, LimitExceeded),
    (sign_in_without_database, DatabaseUnavailable),
    (lambda one: one.register("bob@example.com", password="password1234"), PasswordRefused),
    (lambda one: one.register("bob@example.com", password="short"), PasswordRefused),
    (register_without_memory, HashingError),
    (lambda one: change(one, "wrong"), CredentialsRejected),
    (lambda one: change(one, new=PASSWORD), PasswordRefused),
    (reset, ProofRejected),
    (lambda one: reset(one, tries=6), AttemptsExhausted),
    (reset_to_breached, PasswordRefused),
    (accept, ProofRejected),
    (delete, CredentialsRejected),
    (lambda one: start_change(one, "wrong"), CredentialsRejected),
]


@pytest.mark.parametrize(("act", "error"), FAULTS)
def test_a_place_is_given_back_whatever_ends_the_call(
    household: Household, act: Callable[[Household], object], error: type[Exception]
):
    household.user(ADA)
    with household.restarted(IDENTITY_GRPC_THREADS="1") as one_place:
        with pytest.raises(error):
            act(one_place)
        with places_taken(one_place.journeys.sign_in._places) as free:
            assert free == 1
