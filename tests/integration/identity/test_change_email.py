"""Changing an address: asked for with the password, confirmed from the new mailbox, told to the old one."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from identity_service.errors import InvalidInput, LimitExceeded
from identity_service.identity.errors import CredentialsRejected, ProofRejected
from identity_service.identity.start_password_reset import ResetMethod
from identity_service.ids import new_id
from identity_service.storage.tables import audit_events, users
from tests.services.at_once import meanwhile
from tests.services.email_changes import ADA, BOTH, NEW, OTHER_PASSWORD, confirm, proof_of, start
from tests.services.household import PASSWORD, Household


@BOTH
def test_the_proof_from_the_new_mailbox_moves_the_user(household: Household, by_code: bool):
    user = household.user(ADA, given_name="Ada")
    started = start(household, user, "Countess@Example.ORG")
    assert household.letter(started.notification_id).to == "Countess@example.org"
    moved = confirm(household, proof_of(household, user, started, by_code))
    assert (moved.id, moved.email) == (user.id, "Countess@example.org")
    assert household.journeys.sign_in(household.call(), "countess@example.org", PASSWORD).user.id == user.id
    with pytest.raises(CredentialsRejected):
        household.journeys.sign_in(household.call(), ADA, PASSWORD)


def test_nothing_changes_before_the_proof(household: Household):
    user = household.user(ADA)
    start(household, user)
    household.post()
    assert household.rows(users)[0]["email"] == ADA


def test_the_old_address_is_told_from_where(household: Household):
    user = household.user(ADA)
    changed = household.journeys.confirm_email_change(
        household.call(ip="203.0.113.6"), proof_of(household, user, start(household, user))
    )
    notice = household.letter(changed.notification_id)
    assert notice.to == ADA
    assert "203.0.113.6" in notice.text
    assert "c•••@example.org" in notice.text
    assert NEW not in notice.text


def test_sessions_stay(household: Household):
    user = household.user(ADA)
    tokens = household.sign_in(ADA).tokens
    confirm(household, proof_of(household, user, start(household, user)))
    assert household.journeys.verify_access_token("default", tokens.access_token)
    assert household.journeys.refresh_session(household.call(), tokens.refresh_token)


def test_what_the_old_mailbox_holds_opens_nothing_any_more(household: Household):
    user = household.user(ADA)
    reset = household.journeys.start_password_reset
    code = household.code(ADA)
    link = household.letter(reset(household.call(), ADA, ResetMethod.LINK).notification_id).link
    waiting = reset(household.call(), ADA, ResetMethod.CODE).notification_id
    household.handed_off()
    proof = proof_of(household, user, start(household, user))
    confirm(household, proof)
    with pytest.raises(ProofRejected):
        household.journeys.verify_code(household.call(), ADA, code)
    with pytest.raises(ProofRejected):
        household.journeys.confirm_password_reset(household.call(), link, OTHER_PASSWORD)
    household.mailroom.delivery.deliver("default", waiting)
    assert household.notification(waiting).state == "expired"


def test_a_code_asked_for_while_the_user_moves_signs_nobody_in(postgres_url: str, tmp_path: Path):
    """It found the user at the old address still, and came too late to be used up with the others."""
    with Household(postgres_url, tmp_path) as household:
        user, late = household.user(ADA), list[UUID]()
        proof = proof_of(household, user, start(household, user))

        def request() -> None:
            late.append(household.journeys.request_code(household.call(), ADA).notification_id)

        with meanwhile(household.core.database, "UPDATE users", request):
            confirm(household, proof)
        with pytest.raises(ProofRejected):
            household.journeys.verify_code(household.call(), ADA, household.letter(late[0]).code)


def test_users_may_spell_their_own_address_anew(household: Household):
    user = household.user(ADA)
    assert confirm(household, proof_of(household, user, start(household, user, "ADA@example.com"))).email == (
        "ADA@example.com"
    )
    assert household.sign_in(ADA).user.id == user.id


def test_earlier_requests_stay_valid_until_one_is_confirmed(household: Household):
    user = household.user(ADA)
    first, second = start(household, user), start(household, user, "third@example.org")
    waiting = start(household, user, "fourth@example.org").notification_id
    household.handed_off()
    for mail in (first, second):
        household.mailroom.delivery.deliver("default", mail.notification_id)
    assert confirm(household, household.letter(first.notification_id).link).email == NEW
    with pytest.raises(ProofRejected):
        confirm(household, household.letter(second.notification_id).link)
    assert household.notification(waiting).state == "cancelled"


def test_the_code_of_an_earlier_mail_to_the_same_address_works(household: Household):
    user = household.user(ADA)
    first = start(household, user)
    start(household, user)
    assert confirm(household, proof_of(household, user, first, by_code=True)).email == NEW


def test_the_mail_can_be_used_for_24_hours(household: Household):
    user = household.user(ADA)
    now = household.clock.stand()
    assert start(household, user).expires_at == now + timedelta(hours=24)


@pytest.mark.parametrize("who", ["wrong password", "suspended", "unknown", "no password"])
def test_who_may_not_ask_is_refused_alike(household: Household, who: str):
    user = household.user(ADA)
    if who == "suspended":
        household.suspend(user.id)
    elif who == "no password":
        household.forget_password(user.id)
    asking = replace(user, id=new_id()) if who == "unknown" else user
    with pytest.raises(CredentialsRejected):
        start(household, asking, password="wrong-quilt-ember-42" if who == "wrong password" else PASSWORD)
    refused = household.rows(audit_events)[-1]
    assert (refused["event"], refused["reason"]) == ("email.change_started", "CREDENTIALS_INVALID")


@pytest.mark.parametrize("address", ["no-at-sign", "a@", "x" * 300 + "@example.com", "a b@example.com"])
def test_what_is_no_address_is_refused_by_its_field(household: Household, address: str):
    user = household.user(ADA)
    with pytest.raises(InvalidInput) as refused:
        start(household, user, address)
    assert refused.value.fields[0].field == "new_email"


def test_three_requests_an_hour_and_wrong_passwords_take_none(database_url: str, tmp_path: Path):
    with Household(database_url, tmp_path, IDENTITY_RATE_LIMITS="on") as household:
        user = household.user(ADA)
        with pytest.raises(CredentialsRejected):
            start(household, user, password="wrong-quilt-ember-42")
        for _ in range(3):
            start(household, user)
        with pytest.raises(LimitExceeded):
            start(household, user)


def test_both_steps_are_audited(household: Household):
    user = household.user(ADA)
    confirm(household, proof_of(household, user, start(household, user)))
    events = [row for row in household.rows(audit_events) if row["event"].startswith("email.change")]
    assert [(row["event"], row["user_id"], row["ip_address"]) for row in events] == [
        ("email.change_started", user.id, "203.0.113.5"),
        ("email.changed", user.id, "203.0.113.6"),
    ]
    assert events[0]["subject_id"] == events[1]["subject_id"]
