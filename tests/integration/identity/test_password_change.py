"""Another password for who knows the one they have."""

import pytest

from identity_service.calls.errors import Conflict
from identity_service.errors import LimitExceeded
from identity_service.identity.change_password import PasswordChanged
from identity_service.identity.errors import CredentialsRejected, ProofRejected
from identity_service.identity.passwords import PasswordRefused
from identity_service.identity.sessions import RevokeReason
from identity_service.identity.start_password_reset import ResetMethod
from identity_service.identity.users import UserProfile
from identity_service.ids import new_id
from identity_service.storage.tables import audit_events, notifications, sessions, users
from tests.services.at_once import all_at_once, before_transaction
from tests.services.household import PASSWORD, Household

ADA, NEW = "ada@example.com", "walnut-comet-drizzle-7"


@pytest.fixture
def ada(household: Household) -> UserProfile:
    """The user ada@example.com, to whom no mail is under way."""
    profile = household.user(ADA, given_name="Ada", family_name="Lovelace")
    household.post()
    return profile


def change(household: Household, user: UserProfile, current: str = PASSWORD, new: str = NEW) -> PasswordChanged:
    return household.journeys.change_password(household.call(), user.id, current, new)


def signs_in(household: Household, password: str) -> bool:
    try:
        return bool(household.journeys.sign_in(household.call(), ADA, password))
    except CredentialsRejected:
        return False


def test_the_new_password_takes_the_place_of_the_old_one(household: Household, ada: UserProfile):
    change(household, ada)
    assert not signs_in(household, PASSWORD)
    assert signs_in(household, NEW)


def test_a_notice_tells_when_and_from_where_and_how_to_undo_it(household: Household, ada: UserProfile):
    changed = household.journeys.change_password(household.call(ip="2001:db8::9"), ada.id, PASSWORD, NEW)
    notice = household.letter(changed.notification_id)
    assert notice.to == ADA
    assert "2001:db8::9" in notice.text
    assert f"{household.clock():%Y}" in notice.text
    assert "/reset-password" in notice.text
    assert NEW not in notice.text + str(household.rows(notifications)) + str(household.rows(audit_events))


def test_all_sessions_end_but_the_one_that_is_kept(household: Household, ada: UserProfile):
    for _ in range(3):
        household.sign_in(ADA)
    kept = household.rows(sessions)[1]["id"]
    household.journeys.change_password(household.call(), ada.id, PASSWORD, NEW, kept)
    reasons = {row["id"]: row["revoke_reason"] for row in household.rows(sessions)}
    assert reasons.pop(kept) is None
    assert set(reasons.values()) == {RevokeReason.PASSWORD_CHANGED}
    household.journeys.change_password(household.call(), ada.id, NEW, PASSWORD)
    assert all(row["revoked_at"] for row in household.rows(sessions))


def test_somebody_elses_session_cannot_be_kept_and_does_not_end(household: Household, ada: UserProfile):
    household.user("bob@example.com")
    household.sign_in(ADA)
    household.sign_in("bob@example.com")
    adas, bobs = (row["id"] for row in household.rows(sessions))
    household.journeys.change_password(household.call(), ada.id, PASSWORD, NEW, bobs)
    assert {row["id"]: row["revoked_at"] is None for row in household.rows(sessions)} == {adas: False, bobs: True}


def test_a_wrong_password_an_unknown_user_and_a_suspended_one_are_answered_alike(
    household: Household, ada: UserProfile
):
    suspended = household.user("bob@example.com")
    household.suspend(suspended.id)
    household.add_tenant("other")
    answers = set()
    for tenant, user_id, current in (
        ("default", ada.id, "wrong-quilt-ember-42"),
        ("default", new_id(), PASSWORD),
        ("default", suspended.id, PASSWORD),
        ("other", ada.id, PASSWORD),
    ):
        with pytest.raises(CredentialsRejected) as refusal:
            household.journeys.change_password(household.call(tenant=tenant), user_id, current, NEW)
        answers.add((refusal.value.reason, refusal.value.message))
    assert len(answers) == 1
    assert signs_in(household, PASSWORD)


def test_a_refusal_is_audited(household: Household, ada: UserProfile):
    with pytest.raises(CredentialsRejected):
        change(household, ada, current="wrong-quilt-ember-42")
    [event] = [row for row in household.rows(audit_events) if row["event"] == "password.changed"]
    assert (event["outcome"], event["reason"], event["user_id"]) == ("refused", "CREDENTIALS_INVALID", ada.id)


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ("short", "at least 12"),
        ("x" * 129, "at most 128"),
        ("password1234", "most common"),
        ("Ada-Lovelace-1", "the name"),
        (PASSWORD, "another than the current"),
        ("\uff46jord-quilt-ember-42", "another than the current"),
    ],
)
def test_a_bad_new_password_is_refused_by_name(household: Household, ada: UserProfile, new: str, words: str):
    with pytest.raises(PasswordRefused) as refusal:
        change(household, ada, new=new)
    [violation] = refusal.value.fields
    assert violation.field == "new_password"
    assert words in violation.description
    assert signs_in(household, PASSWORD)


def test_who_does_not_know_the_password_learns_nothing_from_the_new_one(household: Household, ada: UserProfile):
    """Not even that the new one is the name, or the current password."""
    for new in ("Ada-Lovelace-1", PASSWORD):
        with pytest.raises(CredentialsRejected):
            change(household, ada, current="wrong-quilt-ember-42", new=new)


def test_of_two_changes_at_once_one_wins(household: Household, ada: UserProfile):
    ended = all_at_once([lambda n=n: change(household, ada, new=f"{NEW}-{n}") for n in range(2)])
    assert sorted(type(one).__name__ for one in ended)[1] == "PasswordChanged"
    assert {type(one) for one in ended} <= {PasswordChanged, Conflict, CredentialsRejected}
    assert [signs_in(household, f"{NEW}-{n}") for n in range(2)] == [isinstance(one, PasswordChanged) for one in ended]


def test_a_change_overtaken_by_a_reset_changes_nothing(household: Household, ada: UserProfile):
    queued = household.journeys.start_password_reset(household.call(), ADA, ResetMethod.LINK)
    link = household.letter(queued.notification_id).link

    def reset() -> None:
        household.journeys.confirm_password_reset(household.call(), link, "the-owners-own-lamp-5")

    with before_transaction(household.core.database, reset), pytest.raises(Conflict):
        change(household, ada)
    assert signs_in(household, "the-owners-own-lamp-5")


def test_a_change_voids_the_mails_to_reset_it(household: Household, ada: UserProfile):
    queued = household.journeys.start_password_reset(household.call(), ADA, ResetMethod.LINK)
    link = household.letter(queued.notification_id).link
    change(household, ada)
    with pytest.raises(ProofRejected):
        household.journeys.confirm_password_reset(household.call(), link, "an-old-mails-owner-8")
    assert signs_in(household, NEW)


def test_a_sign_in_that_a_new_password_overtakes_opens_no_session(household: Household, ada: UserProfile):
    """The old password was right when it was checked; a session of it would outlive the change that ended all."""
    with before_transaction(household.core.database, lambda: change(household, ada)):
        assert not signs_in(household, PASSWORD)
    assert household.rows(sessions) == []
    refusals = [row for row in household.rows(audit_events) if row["outcome"] == "refused"]
    assert [row["event"] for row in refusals] == ["session.signed_in"]


def test_a_sign_in_that_a_suspension_overtakes_opens_no_session(household: Household, ada: UserProfile):
    with before_transaction(household.core.database, lambda: household.suspend(ada.id)):
        assert not signs_in(household, PASSWORD)
    assert household.rows(sessions) == []


def test_sign_ins_and_a_change_at_once_leave_no_session_of_the_old_password(household: Household, ada: UserProfile):
    works = [lambda: change(household, ada), *[lambda: household.journeys.sign_in(household.call(), ADA, PASSWORD)] * 5]
    assert isinstance(all_at_once(works)[0], PasswordChanged)
    assert [row for row in household.rows(sessions) if row["revoked_at"] is None] == []


def test_a_user_without_a_password_cannot_change_it(household: Household, ada: UserProfile):
    household.set_hash(ada.id, "")
    with pytest.raises(CredentialsRejected):
        change(household, ada)
    assert household.rows(users)[0]["password_hash"] == ""


def test_ten_tries_of_one_user_from_one_network_are_the_limit(household: Household, ada: UserProfile):
    with household.restarted(IDENTITY_RATE_LIMITS="on") as limited:
        for _ in range(10):
            with pytest.raises(CredentialsRejected):
                change(limited, ada, current="wrong-quilt-ember-42")
        with pytest.raises(LimitExceeded):
            change(limited, ada)
        elsewhere = limited.call(ip="198.51.100.7")
        assert limited.journeys.change_password(elsewhere, ada.id, PASSWORD, NEW)
