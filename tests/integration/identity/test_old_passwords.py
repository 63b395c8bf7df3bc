"""Whoever knows an old password, and hurries: what was asked with it is refused once there is a newer one."""

from uuid import UUID

import pytest

from identity_service.identity.errors import CredentialsRejected
from identity_service.identity.start_email_change import EmailChangeCommand
from identity_service.identity.start_password_reset import ResetMethod
from identity_service.storage.tables import email_changes
from tests.services.at_once import before_transaction
from tests.services.household import PASSWORD, Household

ADA, ANOTHER_PASSWORD = "ada@example.com", "walnut-comet-drizzle-7"


@pytest.fixture
def ada(household: Household) -> UUID:
    return household.user(ADA).id


def reset(household: Household) -> None:
    """Choose another password by a link, as its owner does who heard that the old one is known."""
    asked = household.journeys.start_password_reset(household.call(), ADA, ResetMethod.LINK)
    household.journeys.confirm_password_reset(
        household.call(), household.letter(asked.notification_id).link, ANOTHER_PASSWORD
    )


def test_no_address_is_asked_for_with_a_password_that_was_reset_meanwhile(household: Household, ada: UUID):
    command = EmailChangeCommand(ada, PASSWORD, "mallory@example.net")
    with before_transaction(household.core.database, lambda: reset(household)), pytest.raises(CredentialsRejected):
        household.journeys.start_email_change(household.call(), command)
    household.post()
    assert household.rows(email_changes) == []
    assert household.letters("mallory@example.net") == []


def test_no_account_is_deleted_with_a_password_that_was_reset_meanwhile(household: Household, ada: UUID):
    with before_transaction(household.core.database, lambda: reset(household)), pytest.raises(CredentialsRejected):
        household.journeys.delete_account(household.call(), ada, PASSWORD)
    assert household.journeys.sign_in(household.call(), ADA, ANOTHER_PASSWORD).user.id == ada


def test_who_was_suspended_meanwhile_deletes_and_asks_for_nothing(household: Household, ada: UUID):
    command = EmailChangeCommand(ada, PASSWORD, "ada@example.org")
    with (
        before_transaction(household.core.database, lambda: household.suspend(ada)),
        pytest.raises(CredentialsRejected),
    ):
        household.journeys.start_email_change(household.call(), command)
    household.journeys.user_accounts.reinstate(household.call(), ada)
    with (
        before_transaction(household.core.database, lambda: household.suspend(ada)),
        pytest.raises(CredentialsRejected),
    ):
        household.journeys.delete_account(household.call(), ada, PASSWORD)
    assert household.journeys.user_accounts.get("default", ada).state == "suspended"
