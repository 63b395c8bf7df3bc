"""Journeys that take an address do the same for one with an account as for one without: same answer, statements, rows
and hand-offs. What that leaves of differences in time, `make enumeration` measures."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest

from identity_service.errors import DomainError
from identity_service.identity.addresses import parse_address
from identity_service.identity.challenges import EmailCode
from identity_service.identity.invite import InviteCommand
from identity_service.identity.start_email_change import EmailChangeCommand
from identity_service.identity.start_password_reset import ResetMethod
from identity_service.storage.tables import metadata
from tests.services.household import PASSWORD, Household
from tests.services.statements import counted

USER, JOINER, NOBODY = "member@example.com", "joiner@example.com", "nobody@example.com"
OTHER = "other@example.com"


def wrong(email: str) -> EmailCode:
    return EmailCode(parse_address(email), "000000")


Journey = Callable[[Household, str], object]
JOURNEYS: dict[str, Journey] = {
    "RegisterUser": lambda home, email: home.register(email),
    "ResendEmailVerification": lambda home, email: home.journeys.resend_verification.to_address(home.call(), email),
    "VerifyEmail": lambda home, email: home.journeys.verify_email(home.call(), wrong(email)),
    "RequestOtp": lambda home, email: home.journeys.request_code(home.call(), email),
    "VerifyOtp": lambda home, email: home.journeys.verify_code(home.call(), email, "000000"),
    "SignIn": lambda home, email: home.journeys.sign_in(home.call(), email, "wrong-quilt-ember-42"),
    "StartPasswordReset by link": lambda home, email: home.journeys.start_password_reset(
        home.call(), email, ResetMethod.LINK
    ),
    "StartPasswordReset by code": lambda home, email: home.journeys.start_password_reset(
        home.call(), email, ResetMethod.CODE
    ),
    "ResendPasswordReset": lambda home, email: home.journeys.start_password_reset.resend(home.call(), email),
    "ConfirmPasswordReset": lambda home, email: home.journeys.confirm_password_reset(
        home.call(), wrong(email), "another-quilt-ember-7"
    ),
}


@dataclass(frozen=True)
class Seen:
    """What a journey did, by all that could tell one address from another."""

    answer: str
    statements: list[str]
    transactions: int
    rows: dict[str, int]
    queues: list[str]
    written: int
    """Mails: to write one keeps a process busy that may answer calls as well, so that decoys are written, too."""


def seen(household: Household, journey: Journey, email: str) -> Seen:
    before, _ = rows_of(household), household.handed_off()
    with counted(household.core.database) as statements:
        answer = answer_of(lambda: journey(household, email))
    after, handed_off = rows_of(household), household.handed_off()
    added = {name: after[name] - before[name] for name in after}
    queues = [queue_of(household, notification_id) for _, notification_id in handed_off]
    written = mails_written(household, handed_off)
    return Seen(answer, statements.texts, statements.transactions, added, queues, written)


def mails_written(household: Household, handed_off: list[tuple[str, UUID]]) -> int:
    writer = household.mailroom.delivery._writer
    with patch.object(type(writer), "write", autospec=True, side_effect=type(writer).write) as write:
        for tenant_id, notification_id in handed_off:
            household.mailroom.delivery.deliver(tenant_id, notification_id)
    return write.call_count


def rows_of(household: Household) -> dict[str, int]:
    return {table.name: len(household.rows(table)) for table in metadata.sorted_tables}


def queue_of(household: Household, notification_id: UUID) -> str:
    return household.notification(notification_id).queue


def answer_of(journey: Callable[[], Any]) -> str:
    try:
        return type(journey()).__name__
    except DomainError as error:
        return error.reason


@pytest.mark.parametrize("known", [USER, JOINER])
@pytest.mark.parametrize("name", JOURNEYS)
def test_a_journey_does_the_same_for_a_known_and_an_unknown_address(household: Household, name: str, known: str):
    household.user(USER)
    household.register(JOINER)
    assert seen(household, JOURNEYS[name], known) == seen(household, JOURNEYS[name], NOBODY)


@pytest.mark.parametrize("name", ["VerifyOtp", "ConfirmPasswordReset"])
def test_a_wrong_code_does_the_same_after_one_was_asked_for(household: Household, name: str):
    household.user(USER)
    for email in (USER, NOBODY):
        household.journeys.request_code(household.call(), email)
        household.journeys.start_password_reset(household.call(), email, ResetMethod.CODE)
    assert seen(household, JOURNEYS[name], USER) == seen(household, JOURNEYS[name], NOBODY)


def test_an_invitation_to_a_taken_address_does_the_same_as_to_a_free_one(household: Household):
    other = household.user(OTHER)
    household.user(USER)

    def invite(home: Household, email: str) -> object:
        return home.journeys.invite(home.call(), InviteCommand(other.id, email, "user"))

    assert seen(household, invite, USER) == seen(household, invite, NOBODY)


def test_a_change_to_a_taken_address_does_the_same_as_to_a_free_one(household: Household):
    other = household.user(OTHER)
    household.user(USER)

    def change(home: Household, email: str) -> object:
        return home.journeys.start_email_change(home.call(), EmailChangeCommand(other.id, PASSWORD, email))

    assert seen(household, change, USER) == seen(household, change, NOBODY)
