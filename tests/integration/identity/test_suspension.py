"""A suspended user can do nothing, in no journey, not even in one that began before."""

from collections.abc import Callable
from typing import Any

import pytest

from identity_service.identity.accept_invitation import AcceptCommand
from identity_service.identity.access_tokens import AccessTokenInvalid
from identity_service.identity.errors import CredentialsRejected, ProofRejected, RefreshTokenRejected, UserSuspended
from identity_service.identity.invite import InviteCommand
from identity_service.identity.start_email_change import EmailChangeCommand
from identity_service.identity.start_password_reset import ResetMethod
from identity_service.identity.users import UserProfile
from identity_service.ids import new_id
from identity_service.storage.tables import audit_events, sessions, users
from tests.services.at_once import before_transaction
from tests.services.household import PASSWORD, Household

ADA, ANOTHER_PASSWORD = "ada@example.com", "walnut-comet-drizzle-7"


@pytest.fixture
def ada(household: Household) -> UserProfile:
    return household.user(ADA)


def suspend(household: Household, ada: UserProfile, reason: str = "") -> UserProfile:
    return household.journeys.user_accounts.suspend(household.call(), ada.id, reason)


def reinstate(household: Household, ada: UserProfile) -> UserProfile:
    return household.journeys.user_accounts.reinstate(household.call(), ada.id)


def recorded(household: Household) -> list[str]:
    return [row["event"] for row in household.rows(audit_events)]


def test_a_suspension_says_since_when_and_why(household: Household, ada: UserProfile):
    moment = household.clock.stand()
    suspended = suspend(household, ada, "charged back")
    assert (suspended.state, suspended.suspended_at, suspended.suspend_reason) == ("suspended", moment, "charged back")
    household.clock.turn(hours=1)
    assert suspend(household, ada, "another") == suspended
    assert recorded(household).count("user.suspended") == 1


def test_a_reinstated_user_is_as_before_but_for_the_sessions(household: Household, ada: UserProfile):
    tokens = household.sign_in(ADA).tokens
    suspend(household, ada, "by mistake")
    reinstated = reinstate(household, ada)
    assert (reinstated.state, reinstated.suspended_at, reinstated.suspend_reason) == ("active", None, "")
    assert household.journeys.sign_in(household.call(), ADA, PASSWORD)
    with pytest.raises(RefreshTokenRejected):
        household.journeys.refresh_session(household.call(), tokens.refresh_token)
    assert reinstate(household, ada) == reinstated
    assert recorded(household).count("user.reinstated") == 1


def test_a_repeated_suspension_does_not_undo_a_reinstatement(household: Household, ada: UserProfile):
    again, accounts = household.call(request_id=new_id()), household.journeys.user_accounts
    accounts.suspend(again, ada.id, "spam")
    reinstate(household, ada)
    assert accounts.suspend(again, ada.id, "spam").state == "active"


def test_a_suspension_ends_every_session_at_once(household: Household, ada: UserProfile):
    opened = [household.sign_in(ADA).tokens for _ in range(2)]
    household.user("bob@example.com")
    bobs = household.sign_in("bob@example.com").tokens
    suspend(household, ada)
    for tokens in opened:
        with pytest.raises(AccessTokenInvalid):
            household.journeys.verify_access_token("default", tokens.access_token)
        with pytest.raises(RefreshTokenRejected):
            household.journeys.refresh_session(household.call(), tokens.refresh_token)
    assert household.journeys.verify_access_token("default", bobs.access_token)
    reasons = {row["revoke_reason"] for row in household.rows(sessions) if row["user_id"] == ada.id}
    assert reasons == {"user_suspended"}
    assert recorded(household).count("session.revoked") == 1


Attempt = Callable[[], Any]


def sign_in(household: Household, ada: UserProfile) -> Attempt:
    return lambda: household.journeys.sign_in(household.call(), ADA, PASSWORD)


def use_a_code_from_before(household: Household, ada: UserProfile) -> Attempt:
    code = household.code(ADA)
    return lambda: household.journeys.verify_code(household.call(), ADA, code)


def refresh(household: Household, ada: UserProfile) -> Attempt:
    token = household.sign_in(ADA).tokens.refresh_token
    return lambda: household.journeys.refresh_session(household.call(), token)


def use_a_token_again_within_its_grace(household: Household, ada: UserProfile) -> Attempt:
    token = household.sign_in(ADA).tokens.refresh_token
    household.journeys.refresh_session(household.call(), token)
    return lambda: household.journeys.refresh_session(household.call(), token)


def show_an_access_token(household: Household, ada: UserProfile) -> Attempt:
    token = household.sign_in(ADA).tokens.access_token
    return lambda: household.journeys.verify_access_token("default", token)


def set_a_password_by_a_link_from_before(household: Household, ada: UserProfile) -> Attempt:
    mail = household.journeys.start_password_reset(household.call(), ADA, ResetMethod.LINK)
    link = household.letter(mail.notification_id).link
    return lambda: household.journeys.confirm_password_reset(household.call(), link, ANOTHER_PASSWORD)


def change_the_password(household: Household, ada: UserProfile) -> Attempt:
    return lambda: household.journeys.change_password(household.call(), ada.id, PASSWORD, ANOTHER_PASSWORD)


def ask_for_another_address(household: Household, ada: UserProfile) -> Attempt:
    command = EmailChangeCommand(ada.id, PASSWORD, "ada@example.org")
    return lambda: household.journeys.start_email_change(household.call(), command)


def move_by_a_link_from_before(household: Household, ada: UserProfile) -> Attempt:
    link = household.letter(ask_for_another_address(household, ada)().notification_id).link
    return lambda: household.journeys.confirm_email_change(household.call(), link)


def leave(household: Household, ada: UserProfile) -> Attempt:
    return lambda: household.journeys.delete_account(household.call(), ada.id, PASSWORD)


def invite(household: Household, ada: UserProfile) -> Attempt:
    command = InviteCommand(ada.id, "bob@example.com", "user")
    return lambda: household.journeys.invite(household.call(), command)


def accept_what_the_user_sent_before(household: Household, ada: UserProfile) -> Attempt:
    token = household.letter(invite(household, ada)().notification_id).token
    return lambda: household.journeys.accept_invitation(household.call(), AcceptCommand(token, PASSWORD))


JOURNEYS = {
    sign_in: CredentialsRejected,
    use_a_code_from_before: ProofRejected,
    refresh: RefreshTokenRejected,
    use_a_token_again_within_its_grace: RefreshTokenRejected,
    show_an_access_token: AccessTokenInvalid,
    set_a_password_by_a_link_from_before: ProofRejected,
    change_the_password: CredentialsRejected,
    ask_for_another_address: CredentialsRejected,
    move_by_a_link_from_before: ProofRejected,
    leave: CredentialsRejected,
    invite: UserSuspended,
    accept_what_the_user_sent_before: ProofRejected,
}


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: journey.__name__)
def test_a_suspended_user_gets_nowhere(
    household: Household, ada: UserProfile, journey: Callable[[Household, UserProfile], Attempt]
):
    attempt = journey(household, ada)
    suspend(household, ada)
    with pytest.raises(JOURNEYS[journey]):
        attempt()


MAILS: dict[str, Callable[[Household], Any]] = {
    "a code": lambda household: household.journeys.request_code(household.call(), ADA),
    "a reset link": lambda household: household.journeys.start_password_reset(household.call(), ADA, ResetMethod.LINK),
    "a reset code": lambda household: household.journeys.start_password_reset(household.call(), ADA, ResetMethod.CODE),
    "a reset again": lambda household: household.journeys.start_password_reset.resend(household.call(), ADA),
}


@pytest.mark.parametrize("mail", MAILS)
def test_a_suspended_user_is_sent_nothing_to_enter_with(household: Household, ada: UserProfile, mail: str):
    household.journeys.start_password_reset(household.call(), ADA, ResetMethod.LINK)
    household.post()
    before = len(household.letters(ADA))
    suspend(household, ada)
    MAILS[mail](household)
    household.post()
    assert len(household.letters(ADA)) == before


def test_what_a_suspended_user_could_not_do_left_no_trace(household: Household, ada: UserProfile):
    attempts = [journey(household, ada) for journey in JOURNEYS]
    suspended = suspend(household, ada)
    (row,) = (row for row in household.rows(users) if row["id"] == ada.id)
    for attempt, error in zip(attempts, JOURNEYS.values(), strict=True):
        with pytest.raises(error):
            attempt()
    assert [row] == [each for each in household.rows(users) if each["id"] == ada.id]
    assert household.journeys.user_accounts.get("default", ada.id) == suspended


def test_a_sign_in_that_a_suspension_overtakes_is_refused(household: Household, ada: UserProfile):
    with (
        before_transaction(household.core.database, lambda: suspend(household, ada)),
        pytest.raises(CredentialsRejected),
    ):
        household.journeys.sign_in(household.call(), ADA, PASSWORD)


def test_a_session_that_the_suspension_did_not_see_is_of_no_use(household: Household, ada: UserProfile):
    """As of a sign-in whose statement runs in the same moment as those of the suspension."""
    tokens = household.sign_in(ADA).tokens
    household.suspend(ada.id)  # the user alone, not the sessions
    with pytest.raises(AccessTokenInvalid):
        household.journeys.verify_access_token("default", tokens.access_token)
    with pytest.raises(RefreshTokenRejected):
        household.journeys.refresh_session(household.call(), tokens.refresh_token)
    reinstate(household, ada)
    with pytest.raises(RefreshTokenRejected):
        household.journeys.refresh_session(household.call(), tokens.refresh_token)
