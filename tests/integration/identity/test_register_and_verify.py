"""Registering and proving the address."""

import pytest
from argon2 import PasswordHasher

from identity_service.errors import InvalidInput
from identity_service.identity.challenges import LinkToken
from identity_service.identity.errors import ProofRejected
from identity_service.ids import new_id
from identity_service.storage.rows import UserState
from identity_service.storage.tables import audit_events, challenges, notifications, registrations, users
from tests.services.household import PASSWORD, QUICK_HASH, Household


def test_the_link_of_the_mail_makes_the_user(household: Household):
    registered = household.register("Ada@Example.com", given_name="Ada")
    letter = household.letter(registered.notification_id)
    verified = household.journeys.verify_email(household.call(), letter.link)
    assert verified.user.id == registered.user_id
    assert verified.user.email == "Ada@example.com"
    assert household.letter(verified.notification_id).to == "Ada@example.com"


def test_the_code_of_the_same_mail_proves_the_same(household: Household):
    registered = household.register()
    letter = household.letter(registered.notification_id)
    proof = household.proof(registered.notification_id, "ADA@example.com")
    assert household.journeys.verify_email(household.call(), proof).user.id == registered.user_id
    with pytest.raises(ProofRejected):
        household.journeys.verify_email(household.call(), letter.link)


def test_the_user_is_who_was_registered(household: Household):
    registered = household.register(given_name="Ada", family_name="Lovelace", user_type="user", locale="ar")
    household.clock.turn(hours=1)
    letter = household.letter(registered.notification_id)
    user = household.journeys.verify_email(household.call(), letter.link).user
    assert (user.given_name, user.family_name, user.user_type, user.locale) == ("Ada", "Lovelace", "user", "ar")
    assert user.state == UserState.ACTIVE
    assert (user.email_verified_at - user.created_at).total_seconds() == pytest.approx(3600, abs=30)


def test_before_the_proof_there_is_no_user(household: Household):
    household.register()
    household.post()
    assert household.rows(users) == []


def test_the_mail_and_its_rows_are_written_together(household: Household):
    registered = household.register(call=household.call(ip="198.51.100.7", agent="curl"))
    (registration,) = household.rows(registrations)
    (challenge,) = household.rows(challenges)
    (mail,) = household.rows(notifications)
    (event,) = household.rows(audit_events)
    assert registration["id"] == registered.user_id == challenge["subject_id"] == event["subject_id"]
    assert mail["id"] == registered.notification_id
    assert mail["challenge_id"] == challenge["id"]
    assert mail["expires_at"] == challenge["expires_at"] == registered.expires_at
    assert (event["event"], event["ip_address"], event["user_agent"]) == ("user.registered", "198.51.100.7", "curl")


def test_the_proof_leaves_no_registration_and_an_audit_event(household: Household):
    user = household.user()
    assert household.rows(registrations) == []
    verified = [event for event in household.rows(audit_events) if event["event"] == "email.verified"]
    assert [event["user_id"] for event in verified] == [user.id]


def test_the_welcome_mail_belongs_to_the_user(household: Household):
    user = household.user()
    welcome = next(mail for mail in household.rows(notifications) if mail["kind"] == "welcome")
    assert (welcome["user_id"], welcome["queue"], welcome["decoy"]) == (user.id, "normal", False)


def test_the_password_is_kept_as_argon2id(household: Household):
    household.user()
    (row,) = household.rows(users)
    assert row["password_hash"].startswith(QUICK_HASH)
    assert PasswordHasher().verify(row["password_hash"], PASSWORD)


def test_addresses_that_differ_in_ascii_case_are_one(household: Household):
    user = household.user("Ada@Example.com")
    later = household.register("aDA@eXAMPLE.com")
    household.post()
    assert [user["id"] for user in household.rows(users)] == [user.id]
    assert household.notification(later.notification_id).kind == "address_taken"


def test_addresses_that_differ_in_other_letters_are_two(household: Household):
    household.user("straße@example.com")
    assert household.user("strasse@example.com").email == "strasse@example.com"


def test_the_same_address_in_two_tenants_is_two_users(household: Household):
    household.add_tenant("other")
    here = household.user()
    there = household.user(call=household.call(tenant="other"))
    assert here.id != there.id
    assert {row["tenant_id"] for row in household.rows(users)} == {"default", "other"}


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("email", {"email": "Ada <ada@example.com>"}),
        ("email", {"email": "ada@localhost"}),
        ("password", {"password": "fjord-quilt"}),
        ("password", {"password": "password1234"}),
        ("password", {"password": "ada@example.com"}),
        ("password", {"password": "f" * 129}),
        ("password_confirmation", {"password_confirmation": "fjord-quilt-ember-43"}),
        ("user_type", {"user_type": "admin"}),
    ],
)
def test_what_cannot_be_registered_names_its_field_and_writes_nothing(
    household: Household, field: str, given: dict[str, str]
):
    with pytest.raises(InvalidInput) as refused:
        household.register(**given)
    assert [violation.field for violation in refused.value.fields] == [field]
    assert all(value not in str(refused.value.fields) for name, value in given.items() if "password" in name)
    assert household.rows(registrations) == household.rows(notifications) == []


def test_a_confirmation_that_matches_is_accepted(household: Household):
    assert household.register(password_confirmation=PASSWORD).user_id


def test_configured_user_types_may_register_themselves(household: Household):
    with household.restarted(IDENTITY_USER_TYPES="artist, parent") as configured:
        assert configured.user("ada@example.com").user_type == "artist"
        assert configured.user("bob@example.com", user_type="parent").user_type == "parent"
        with pytest.raises(InvalidInput):
            configured.register("eve@example.com", user_type="user")


def test_a_registration_ends_with_its_mail_after_24_hours(household: Household):
    started = household.clock.stand()
    registered = household.register()
    letter = household.letter(registered.notification_id)
    assert (registered.expires_at - started).total_seconds() == 24 * 3600
    household.clock.stand_at(registered.expires_at)
    with pytest.raises(ProofRejected):
        household.journeys.verify_email(household.call(), letter.link)
    household.clock.turn(microseconds=-1)
    assert household.journeys.verify_email(household.call(), letter.link).user.id == registered.user_id


def test_a_token_of_nothing_is_rejected(household: Household):
    for text in ("", "A" * 64, "ä" * 64, "A" * 63, str(new_id())):
        with pytest.raises(ProofRejected):
            household.journeys.verify_email(household.call(), LinkToken(text))
