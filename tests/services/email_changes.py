"""Users who change their address: how they ask for it and confirm it."""

import pytest

from identity_service.identity.challenges import LinkToken
from identity_service.identity.confirm_email_change import UserCode
from identity_service.identity.mails import MailQueued
from identity_service.identity.start_email_change import EmailChangeCommand
from identity_service.identity.users import UserProfile
from tests.services.household import PASSWORD, Household

ADA, NEW, BOB = "ada@example.com", "countess@example.org", "bob@example.com"
OTHER_PASSWORD = "walnut-comet-drizzle-7"
BOTH = pytest.mark.parametrize("by_code", [False, True], ids=["link", "code"])


def start(household: Household, user: UserProfile, new_email: str = NEW, password: str = PASSWORD) -> MailQueued:
    command = EmailChangeCommand(user.id, password, new_email)
    return household.journeys.start_email_change(household.call(ip="203.0.113.5"), command)


def confirm(household: Household, proof: LinkToken | UserCode) -> UserProfile:
    return household.journeys.confirm_email_change(household.call(ip="203.0.113.6"), proof).user


def proof_of(household: Household, user: UserProfile, mail: MailQueued, by_code: bool = False) -> LinkToken | UserCode:
    letter = household.letter(mail.notification_id)
    return UserCode(user.id, letter.code) if by_code else letter.link
