"""Sending the verification mail again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from identity_service.identity.errors import EmailAlreadyVerified, ProofRejected, UserNotFound
from identity_service.ids import new_id
from identity_service.storage.tables import audit_events, challenges
from tests.services.household import Household
from tests.services.statements import counted

ADA, NOBODY = "ada@example.com", "nobody@example.com"


def test_the_new_mail_proves_the_same_registration(household: Household):
    registered = household.register(ADA)
    resent = household.journeys.resend_verification.to_address(household.call(), "ADA@example.com")
    letter = household.letter(resent.notification_id)
    assert letter.to == ADA
    assert household.journeys.verify_email(household.call(), letter.link).user.id == registered.user_id


def test_the_new_mail_by_id_proves_the_same_registration(household: Household):
    registered = household.register(ADA)
    resent = household.journeys.resend_verification.to_user(household.call(), registered.user_id)
    letter = household.letter(resent.notification_id)
    assert household.journeys.verify_email(household.call(), letter.link).user.id == registered.user_id


@pytest.mark.parametrize("by_code", [False, True], ids=["link", "code"])
def test_the_earlier_mail_still_proves_it_and_then_neither_does(household: Household, by_code: bool):
    registered = household.register(ADA)
    resent = household.journeys.resend_verification.to_address(household.call(), ADA)
    first, second = (household.letter(mail.notification_id) for mail in (registered, resent))
    proof = household.proof(first.notification_id) if by_code else first.link
    assert household.journeys.verify_email(household.call(), proof).user.id == registered.user_id
    with pytest.raises(ProofRejected):
        household.journeys.verify_email(household.call(), second.link)


def test_an_unknown_address_is_answered_alike_and_not_mailed(household: Household):
    household.clock.stand()
    household.register(ADA)
    known = household.journeys.resend_verification.to_address(household.call(), ADA)
    unknown = household.journeys.resend_verification.to_address(household.call(), NOBODY)
    household.post()
    assert known.expires_at == unknown.expires_at
    assert household.notification(unknown.notification_id).state == "sent"
    assert household.letters(NOBODY) == []


def test_known_and_unknown_addresses_run_the_same_statements(household: Household):
    household.register(ADA)
    with counted(household.core.database) as known:
        household.journeys.resend_verification.to_address(household.call(), ADA)
    with counted(household.core.database) as unknown:
        household.journeys.resend_verification.to_address(household.call(), NOBODY)
    assert known.texts == unknown.texts


def test_an_address_that_has_a_user_is_not_sent_a_proof(household: Household):
    household.user(ADA)
    resent = household.journeys.resend_verification.to_address(household.call(), ADA)
    household.post()
    assert household.notification(resent.notification_id).decoy


def test_an_attempt_at_an_address_that_has_a_user_is_not_sent_a_proof(household: Household):
    household.user(ADA)
    household.register(ADA)
    household.post()
    before = len(household.letters(ADA))
    household.journeys.resend_verification.to_address(household.call(), ADA)
    household.post()
    assert not [letter for letter in household.letters(ADA)[before:] if "token=" in letter.text]


def test_an_id_that_nobody_has_is_not_found(household: Household):
    with pytest.raises(UserNotFound):
        household.journeys.resend_verification.to_user(household.call(), new_id())


def test_an_id_of_another_tenant_is_not_found(household: Household):
    household.add_tenant("other")
    registered = household.register(ADA)
    with pytest.raises(UserNotFound):
        household.journeys.resend_verification.to_user(household.call(tenant="other"), registered.user_id)


def test_who_has_verified_is_told_so(household: Household):
    user = household.user(ADA)
    with pytest.raises(EmailAlreadyVerified):
        household.journeys.resend_verification.to_user(household.call(), user.id)


def test_the_resend_is_audited(household: Household):
    household.register(ADA)
    household.journeys.resend_verification.to_address(household.call(ip="203.0.113.5"), ADA)
    event = household.rows(audit_events)[-1]
    newest = max(household.rows(challenges), key=lambda row: row["id"])
    assert (event["event"], event["subject_id"]) == ("email.verification_resent", newest["id"])
    assert event["ip_address"] == "203.0.113.5"


def test_the_new_mail_can_be_used_as_long_as_it_says(household: Household):
    household.clock.stand()
    household.register(ADA)
    household.clock.turn(hours=23)
    resent = household.journeys.resend_verification.to_address(household.call(), ADA)
    letter = household.letter(resent.notification_id)
    household.clock.stand_at(resent.expires_at - timedelta(seconds=1))
    assert household.journeys.verify_email(household.call(), letter.link)


def test_an_operator_resends_to_the_registration_that_the_list_shows(household: Household):
    """Of two at the address, the one that is meant."""
    household.register(ADA)
    meant = household.register(ADA)
    newest = household.journeys.challenge_list.page("default", email=ADA, before=None, size=1)[0]
    assert newest.challenge.subject_id is not None
    operator = replace(household.call(), actor="support-desk")
    resent = household.journeys.resend_verification.to_user(operator, newest.challenge.subject_id)
    letter = household.letter(resent.notification_id)
    assert household.journeys.verify_email(household.call(), letter.link).user.id == meant.user_id
    [event] = [row for row in household.rows(audit_events) if row["event"] == "email.verification_resent"]
    assert (event["actor"], event["user_id"]) == ("support-desk", meant.user_id)
