"""Somebody registers another person's address before that person does."""

from dataclasses import replace
from pathlib import Path

import pytest

from identity_service.identity.addresses import parse_address
from identity_service.identity.challenges import EmailCode, LinkToken
from identity_service.identity.errors import CredentialsRejected, ProofRejected
from identity_service.identity.register import Registered
from identity_service.storage.queries.attempts import LIVE_AT_MOST
from identity_service.storage.rows import Registration
from identity_service.storage.tables import registrations, users
from tests.services.at_once import all_at_once, meanwhile
from tests.services.household import Household

ATTACKERS = "attackers-own-quilt-77"
VICTIMS = "victims-own-ember-88"
BOTH = pytest.mark.parametrize("by_code", [False, True], ids=["link", "code"])


def proof_of(household: Household, registered: Registered, by_code: bool) -> EmailCode | LinkToken:
    if by_code:
        return household.proof(registered.notification_id)
    return household.letter(registered.notification_id).link


@BOTH
def test_the_victims_proof_activates_only_the_victims_password(household: Household, by_code: bool):
    household.register(password=ATTACKERS)
    victims = household.register(password=VICTIMS)
    user = household.journeys.verify_email(household.call(), proof_of(household, victims, by_code)).user
    assert user.id == victims.user_id
    assert household.journeys.sign_in(household.call(), "ada@example.com", VICTIMS)
    with pytest.raises(CredentialsRejected):
        household.journeys.sign_in(household.call(), "ada@example.com", ATTACKERS)


@BOTH
def test_the_other_attempt_is_void_afterwards(household: Household, by_code: bool):
    attackers, victims = household.register(password=ATTACKERS), household.register(password=VICTIMS)
    void = proof_of(household, attackers, by_code)
    household.journeys.verify_email(household.call(), proof_of(household, victims, by_code))
    with pytest.raises(ProofRejected):
        household.journeys.verify_email(household.call(), void)
    assert [row["id"] for row in household.rows(registrations)] == [attackers.user_id]


def test_a_void_attempt_is_resent_in_appearance_only(household: Household):
    """Refusing it would tell whoever made it that somebody has proved the address."""
    void = household.register(password=ATTACKERS)
    household.user(password=VICTIMS)
    household.post()
    mails = len(household.letters())
    household.journeys.resend_verification.to_user(household.call(), void.user_id)
    household.post()
    assert len(household.letters()) == mails


def test_two_attempts_proved_at_once_make_one_user(household: Household):
    proofs = [proof_of(household, household.register(password=word), False) for word in (ATTACKERS, VICTIMS)]
    ended = all_at_once(
        [lambda proof=proof: household.journeys.verify_email(household.call(), proof) for proof in proofs]
    )
    assert len(household.rows(users)) == 1
    assert sorted(type(one).__name__ for one in ended) == ["ProofRejected", "ProvedUser"]


def test_many_proofs_of_one_attempt_at_once_make_one_user(household: Household):
    proof = proof_of(household, household.register(), False)
    ended = all_at_once([lambda: household.journeys.verify_email(household.call(), proof)] * 6)
    assert sorted(type(one).__name__ for one in ended) == ["ProofRejected"] * 5 + ["ProvedUser"]
    assert len(household.rows(users)) == 1


def test_a_registration_made_while_the_user_is_made_leads_nowhere(postgres_url: str, tmp_path: Path):
    """It saw no user yet, so that it sent a verification mail; its proof comes too late.

    SQLite has no such moment: it lets one transaction write at a time.
    """
    with Household(postgres_url, tmp_path) as household:
        proof, late = proof_of(household, household.register(), False), list[Registered]()
        with meanwhile(household.core.database, "INSERT INTO users", lambda: late.append(household.register())):
            household.journeys.verify_email(household.call(), proof)
        with pytest.raises(ProofRejected):
            household.journeys.verify_email(household.call(), proof_of(household, late[0], False))
        assert len(household.rows(users)) == 1


def test_a_resend_by_address_takes_no_side_between_two_attempts(household: Household):
    """The victim registers, the attacker registers too, and the victim asks for another mail: whose would it be?"""
    victim = household.register(password=VICTIMS)
    household.register(password=ATTACKERS)
    household.post()
    mails = len(household.letters())
    household.journeys.resend_verification.to_address(household.call(), "ada@example.com")
    household.post()
    assert len(household.letters()) == mails
    by_id = household.journeys.resend_verification.to_user(household.call(), victim.user_id)
    household.journeys.verify_email(household.call(), household.letter(by_id.notification_id).link)
    household.journeys.sign_in(household.call(), "ada@example.com", VICTIMS)


def test_a_code_from_an_attackers_mail_does_not_prove_the_registration_that_is_meant(household: Household):
    victim = household.register(password=VICTIMS)
    attacker = household.register(password=ATTACKERS)
    code = household.letter(attacker.notification_id).code
    address = parse_address("ada@example.com")
    with pytest.raises(ProofRejected):
        household.journeys.verify_email(household.call(), EmailCode(address, code, victim.user_id))
    own = EmailCode(address, household.letter(victim.notification_id).code, victim.user_id)
    assert household.journeys.verify_email(household.call(), own).user.id == victim.user_id


def test_an_attackers_attempts_do_not_push_the_code_out_that_is_meant(household: Household):
    """Of one address only the newest challenges are compared; of the registration that is meant, its own newest."""
    victim = household.register(password=VICTIMS)
    for _ in range(LIVE_AT_MOST + 1):
        household.register(password=ATTACKERS)
    code = household.letter(victim.notification_id).code
    meant = EmailCode(parse_address("ada@example.com"), code, victim.user_id)
    with pytest.raises(ProofRejected):
        household.journeys.verify_email(household.call(), replace(meant, subject_id=None))
    assert household.journeys.verify_email(household.call(), meant).user.id == victim.user_id


def test_every_attempt_has_a_hash_of_its_own(household: Household):
    household.register()
    household.register()
    hashes = {Registration(**row).password_hash for row in household.rows(registrations)}
    assert len(hashes) == 2
