"""How many round trips a call costs. More than these need a reason; fewer are welcome, and then these come down."""

from collections.abc import Callable

import pytest

from identity_service.identity.accept_invitation import AcceptCommand
from identity_service.identity.confirm_email_change import UserCode
from identity_service.identity.errors import ProofRejected
from identity_service.identity.import_users import Row
from identity_service.identity.invite import InviteCommand
from identity_service.identity.passwords import HashingCost, PasswordHasher
from identity_service.identity.start_email_change import EmailChangeCommand
from identity_service.identity.start_password_reset import ResetMethod
from identity_service.identity.user_accounts import UserFilter
from tests.services.household import PASSWORD, Household
from tests.services.statements import counted

ADA = "ada@example.com"
MOST = {
    "RegisterUser": {"postgresql": (2, 0), "sqlite": (5, 1)},
    "VerifyEmail": {"postgresql": (6, 1), "sqlite": (7, 1)},
    "RequestOtp": {"postgresql": (2, 0), "sqlite": (4, 1)},
    "VerifyOtp": {"postgresql": (2, 0), "sqlite": (5, 1)},
    "VerifyOtp, wrong": {"postgresql": (2, 0), "sqlite": (3, 0)},
    "RefreshSession": {"postgresql": (2, 1), "sqlite": (2, 1)},
    "SignIn": {"postgresql": (2, 0), "sqlite": (4, 1)},
    "SignIn, hash renewed": {"postgresql": (3, 0), "sqlite": (5, 1)},
    "ChangePassword": {"postgresql": (4, 1), "sqlite": (5, 1)},
    "StartPasswordReset": {"postgresql": (2, 0), "sqlite": (4, 1)},
    "ResendPasswordReset": {"postgresql": (3, 0), "sqlite": (5, 1)},
    "ConfirmPasswordReset": {"postgresql": (6, 1), "sqlite": (7, 1)},
    "ConfirmPasswordReset, code": {"postgresql": (5, 1), "sqlite": (7, 1)},
    "StartEmailChange": {"postgresql": (3, 0), "sqlite": (7, 1)},
    "ConfirmEmailChange": {"postgresql": (12, 1), "sqlite": (13, 1)},
    "ConfirmEmailChange, code": {"postgresql": (13, 1), "sqlite": (15, 1)},
    "InviteUser": {"postgresql": (3, 0), "sqlite": (6, 1)},
    "AcceptInvitation": {"postgresql": (7, 1), "sqlite": (8, 1)},
    "DeleteAccount": {"postgresql": (23, 1), "sqlite": (24, 1)},
    "UpdateUser": {"postgresql": (4, 1), "sqlite": (4, 1)},
    "SuspendUser": {"postgresql": (5, 1), "sqlite": (5, 1)},
    "ReinstateUser": {"postgresql": (4, 1), "sqlite": (4, 1)},
    "ListUsers": {"postgresql": (1, 0), "sqlite": (1, 0)},
    "ListChallenges": {"postgresql": (1, 0), "sqlite": (1, 0)},
    "ImportUsers": {"postgresql": (2, 1), "sqlite": (2, 1)},
    "ImportUsers, again": {"postgresql": (2, 1), "sqlite": (2, 1)},
}
"""Statements, and transactions with a BEGIN and a COMMIT beside them."""


def prepared(household: Household, name: str) -> Callable[[], object]:
    """That call, with all it needs."""
    journeys, call = household.journeys, household.call()
    if name == "RegisterUser":
        return lambda: household.register(ADA)
    if name == "VerifyEmail":
        link = household.letter(household.register(ADA).notification_id).link
        return lambda: journeys.verify_email(call, link)
    household.user(ADA)
    if name == "RequestOtp":
        return lambda: journeys.request_code(call, ADA)
    if name == "ChangePassword":
        user = household.journeys.user_accounts.get_by_email("default", ADA)
        return lambda: journeys.change_password(call, user.id, PASSWORD, "walnut-comet-drizzle-7")
    if name == "SignIn, hash renewed":
        cheap = PasswordHasher(HashingCost(memory=64, passes=1))
        household.set_hash(journeys.user_accounts.get_by_email("default", ADA).id, cheap.hash(PASSWORD))
    if name.startswith("SignIn"):
        return lambda: journeys.sign_in(call, ADA, PASSWORD)
    if name == "RefreshSession":
        token = household.sign_in(ADA).tokens.refresh_token
        return lambda: journeys.refresh_session(call, token)
    for family, prepared_in in FAMILIES.items():
        if family in name:
            return prepared_in(household, name)
    code = household.code(ADA)
    return lambda: journeys.verify_code(call, ADA, "000000" if name.endswith("wrong") else code)


def invitation(household: Household, name: str) -> Callable[[], object]:
    """Inviting, or accepting."""
    user, journeys, call = household.sign_in(ADA).user, household.journeys, household.call()
    command = InviteCommand(user.id, "new@example.com", "Artist")
    if name == "InviteUser":
        return lambda: journeys.invite(call, command)
    token = household.letter(journeys.invite(call, command).notification_id).token
    return lambda: journeys.accept_invitation(call, AcceptCommand(token, PASSWORD))


def account_change(household: Household, name: str) -> Callable[[], object]:
    """One of the calls that ask for the password once more, or what follows them."""
    user, journeys, call = household.sign_in(ADA).user, household.journeys, household.call()
    if name == "DeleteAccount":
        return lambda: journeys.delete_account(call, user.id, PASSWORD)
    command = EmailChangeCommand(user.id, PASSWORD, "new@example.com")
    if name == "StartEmailChange":
        return lambda: journeys.start_email_change(call, command)
    letter = household.letter(journeys.start_email_change(call, command).notification_id)
    proof = UserCode(user.id, letter.code) if name.endswith("code") else letter.link
    return lambda: journeys.confirm_email_change(call, proof)


def password_reset(household: Household, name: str) -> Callable[[], object]:
    """One of the calls of a password reset."""
    call, start = household.call(), household.journeys.start_password_reset
    if name == "StartPasswordReset":
        return lambda: start(call, ADA, ResetMethod.CODE)
    if name == "ResendPasswordReset":
        return lambda: start.resend(call, ADA)
    by_code = name.endswith("code")
    queued = start(call, ADA, ResetMethod.CODE if by_code else ResetMethod.LINK).notification_id
    proof = household.proof(queued) if by_code else household.letter(queued).link
    return lambda: household.journeys.confirm_password_reset(call, proof, "walnut-comet-drizzle-7")


def users(household: Household, name: str) -> Callable[[], object]:
    """One of the calls of operators."""
    user, journeys, call = household.sign_in(ADA).user, household.journeys, household.call()
    row = Row(0, "ada@example.com" if name.endswith("again") else "new@example.com", True, *[""] * 5, None, "")
    if name == "ReinstateUser":
        journeys.user_accounts.suspend(call, user.id, "")
    return {
        "UpdateUser": lambda: journeys.user_accounts.update(call, user.id, {"given_name": "Augusta"}),
        "SuspendUser": lambda: journeys.user_accounts.suspend(call, user.id, ""),
        "ReinstateUser": lambda: journeys.user_accounts.reinstate(call, user.id),
        "ListUsers": lambda: journeys.user_accounts.page("default", UserFilter(), before=None, size=9),
        "ListChallenges": lambda: journeys.challenge_list.page("default", email=ADA, before=None, size=9),
    }.get(name, lambda: journeys.import_users(call, [row]))


FAMILIES = {
    "Invit": invitation,
    "EmailChange": account_change,
    "DeleteAccount": account_change,
    "PasswordReset": password_reset,
    "ListChallenges": users,
    "User": users,  # after InviteUser
}
"""Calls that need more than a user."""


@pytest.mark.parametrize("name", MOST)
def test_a_call_costs_no_more_round_trips_than_it_should(household: Household, name: str):
    act = prepared(household, name)
    household.core.tenants.get("default")  # a process asks once in some seconds, not at each call
    with counted(household.core.database) as statements:
        try:
            act()
        except ProofRejected:
            assert name.endswith("wrong")
    statements_at_most, transactions_at_most = MOST[name][household.core.database.dialect]
    assert len(statements.texts) <= statements_at_most, statements.shapes
    assert statements.transactions <= transactions_at_most, str(statements)
