"""Addresses that users want and others have, had, or race for; and what is left of those they leave."""

from pathlib import Path
from uuid import UUID

import pytest

from identity_service.identity.challenge_secrets import Purpose
from identity_service.identity.challenges import ChallengeProofs, LinkToken
from identity_service.identity.confirm_email_change import UserCode
from identity_service.identity.errors import EmailTaken, ProofRejected
from identity_service.storage.rows import Challenge
from identity_service.storage.tables import challenges, metadata, users
from tests.services.at_once import all_at_once
from tests.services.email_changes import ADA, BOB, BOTH, NEW, confirm, proof_of, start
from tests.services.household import PASSWORD, Household
from tests.services.statements import counted


def code_never_mailed(household: Household, user_id: UUID, address_key: str) -> list[LinkToken | UserCode]:
    """The proofs of the newest change challenge at an address, as whoever has the keys could make them."""
    rows = [Challenge(**row) for row in household.rows(challenges)]
    found = [row for row in rows if (row.purpose, row.address_key) == (Purpose.CHANGE_EMAIL, address_key)]
    proofs = ChallengeProofs(household.core.key_ring)
    return [LinkToken(proofs.link_token(found[-1])), UserCode(user_id, proofs.code(found[-1]))]


def test_a_taken_address_is_answered_alike_and_its_owner_told(household: Household):
    household.clock.stand()
    user, bob = household.user(ADA), household.user(BOB, given_name="Bob")
    household.post()
    free, taken = start(household, user, NEW), start(household, user, BOB)
    assert free.expires_at == taken.expires_at
    letter = household.letter(taken.notification_id)
    assert (letter.to, letter.subject) == (BOB, household.letter(household.register(BOB).notification_id).subject)
    for proof in code_never_mailed(household, user.id, bob.email):
        with pytest.raises(ProofRejected):
            confirm(household, proof)


def test_a_taken_address_stays_out_of_reach_when_its_owner_leaves(household: Household):
    """Whoever could guess the proof of that moment would own an address that was never proved."""
    user, bob = household.user(ADA), household.user(BOB)
    start(household, user, BOB)
    proofs = code_never_mailed(household, user.id, bob.email)
    confirm(household, proof_of(household, bob, start(household, bob, NEW)))
    for proof in proofs:
        with pytest.raises(ProofRejected):
            confirm(household, proof)


def test_free_and_taken_addresses_run_the_same_statements(household: Household):
    user = household.user(ADA)
    household.user(BOB)
    household.core.tenants.get("default")
    with counted(household.core.database) as free:
        start(household, user, NEW)
    with counted(household.core.database) as taken:
        start(household, user, BOB)
    assert free.texts == taken.texts


def test_a_taken_address_is_named_where_the_tenant_hides_none(database_url: str, tmp_path: Path):
    with Household(database_url, tmp_path, IDENTITY_HIDE_TAKEN_ADDRESSES="false") as household:
        user = household.user(ADA)
        household.user(BOB)
        with pytest.raises(EmailTaken):
            start(household, user, BOB)


def test_of_two_accounts_one_gets_the_address(household: Household):
    ada, bob = household.user(ADA), household.user(BOB)
    proofs = [proof_of(household, user, start(household, user)) for user in (ada, bob)]
    ended = all_at_once([lambda proof=proof: confirm(household, proof) for proof in proofs])
    assert sorted(type(one).__name__ for one in ended) == ["ProofRejected", "UserProfile"]
    assert [row["email"] for row in household.rows(users)].count(NEW) == 1


@BOTH
def test_who_comes_second_is_refused_like_a_wrong_proof(household: Household, by_code: bool):
    ada, bob = household.user(ADA), household.user(BOB)
    firsts, seconds = (proof_of(household, user, start(household, user), by_code) for user in (ada, bob))
    confirm(household, firsts)
    with pytest.raises(ProofRejected):
        confirm(household, seconds)
    assert {row["email"] for row in household.rows(users)} == {NEW, BOB}


def test_an_address_that_was_registered_meanwhile_is_refused(household: Household):
    user = household.user(ADA)
    proof = proof_of(household, user, start(household, user))
    household.user(NEW)
    with pytest.raises(ProofRejected):
        confirm(household, proof)


def test_a_registration_at_the_address_is_void_afterwards(household: Household):
    user = household.user(ADA)
    attempt = household.letter(household.register(NEW).notification_id).link
    confirm(household, proof_of(household, user, start(household, user)))
    with pytest.raises(ProofRejected):
        household.journeys.verify_email(household.call(), attempt)


def test_deletion_erases_addresses_had_before_and_addresses_wished_for(household: Household):
    user = household.user("first.address@example.com")
    household.code("first.address@example.com")
    start(household, user, "never.confirmed@example.org")
    confirm(household, proof_of(household, user, start(household, user)))
    start(household, user, "wished.for@example.org")
    household.post()
    household.journeys.delete_account(household.call(), user.id, PASSWORD)
    household.post()
    household.relay()
    left = "\n".join(str(household.rows(table)) for table in metadata.sorted_tables)
    for trace in ("first.address", "never.confirmed", "wished.for", "countess"):
        assert trace not in left


def test_an_address_that_was_left_can_be_registered_by_somebody_else(household: Household):
    user = household.user(ADA)
    confirm(household, proof_of(household, user, start(household, user)))
    second = household.user(ADA)
    household.sign_in(ADA)
    household.journeys.delete_account(household.call(), user.id, PASSWORD)
    assert household.sign_in(ADA).user.id == second.id
