"""Every proof that is not right is refused in one way, whatever is wrong with it."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from identity_service.identity.addresses import parse_address
from identity_service.identity.challenge_secrets import Purpose
from identity_service.identity.challenges import ChallengeProofs, EmailCode, LinkToken, Proof
from identity_service.identity.errors import ProofRejected
from identity_service.identity.users import ProvedUser
from identity_service.storage.rows import Challenge
from identity_service.storage.tables import challenges
from tests.services.at_once import before_transaction
from tests.services.household import Household, Letter


def other_code(code: str) -> str:
    """Six digits that are not these."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


def refusal(household: Household, proof: Proof, tenant: str = "default") -> tuple[object, ...]:
    with pytest.raises(ProofRejected) as refused:
        household.journeys.verify_email(household.call(tenant=tenant), proof)
    return type(refused.value), refused.value.reason, refused.value.message


def challenge_for(household: Household, purpose: Purpose) -> Challenge:
    with household.core.database.connect() as connection:
        statement = select(*Challenge.columns(challenges)).where(challenges.c.purpose == purpose)
        return Challenge.from_tuple(connection.execute(statement.order_by(challenges.c.id.desc())).first())


@pytest.fixture
def letter(household: Household) -> Letter:
    return household.letter(household.register().notification_id)


def tampered(token: str) -> list[str]:
    """The token with one character changed in its id, in its proof and in its last place."""
    changed = [token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :] for at in (3, 21, 40, 63)]
    return [*changed, token.swapcase(), token[::-1]]


def test_a_tampered_token_is_refused(household: Household, letter: Letter):
    refused = {refusal(household, LinkToken(token)) for token in tampered(letter.token)}
    assert refused == {(ProofRejected, ProofRejected.reason, ProofRejected.message)}


def test_a_used_token_is_refused(household: Household, letter: Letter):
    household.journeys.verify_email(household.call(), letter.link)
    assert refusal(household, letter.link)[1] == "PROOF_INVALID"


def test_a_used_code_is_refused(household: Household, letter: Letter):
    proof = household.proof(letter.notification_id)
    household.journeys.verify_email(household.call(), proof)
    assert refusal(household, proof)[1] == "PROOF_INVALID"


@pytest.mark.parametrize("by_code", [False, True], ids=["link", "code"])
def test_a_proof_lives_until_the_microsecond_of_its_expiry(household: Household, by_code: bool):
    household.clock.stand()
    registered = household.register()
    letter = household.letter(registered.notification_id)
    proof = household.proof(registered.notification_id) if by_code else letter.link
    household.clock.stand_at(registered.expires_at)
    assert refusal(household, proof)[1] == "PROOF_INVALID"
    household.clock.turn(microseconds=-1)
    assert household.journeys.verify_email(household.call(), proof)


def test_a_proof_of_another_tenant_is_refused(household: Household, letter: Letter):
    household.add_tenant("other")
    assert refusal(household, letter.link, "other")[1] == "PROOF_INVALID"
    assert refusal(household, household.proof(letter.notification_id), "other")[1] == "PROOF_INVALID"
    assert household.journeys.verify_email(household.call(), letter.link)


def test_a_code_works_only_with_its_address(household: Household, letter: Letter):
    household.register("bob@example.com")
    stranger = EmailCode(parse_address("bob@example.com"), letter.code)
    assert refusal(household, stranger)[1] == "PROOF_INVALID"
    assert refusal(household, EmailCode(parse_address("eve@example.com"), letter.code))[1] == "PROOF_INVALID"


def test_a_wrong_code_is_refused(household: Household, letter: Letter):
    assert refusal(household, EmailCode(parse_address("ada@example.com"), other_code(letter.code)))


@pytest.mark.parametrize("digits", ["", "12345", "1234567", "\uff11\uff12\uff13\uff14\uff15\uff16", "abcdef", "12 456"])
def test_what_is_no_code_is_refused(household: Household, letter: Letter, digits: str):
    assert refusal(household, EmailCode(parse_address("ada@example.com"), digits))[1] == "PROOF_INVALID"


def test_a_sign_in_challenge_verifies_no_address(household: Household):
    """Neither its code, nor the tokens that its id yields for either purpose."""
    household.user()
    code = household.code()
    challenge = challenge_for(household, Purpose.SIGN_IN)
    proofs = ChallengeProofs(household.core.key_ring)
    disguised = replace(challenge, purpose=Purpose.VERIFY_EMAIL)
    for token in (proofs.link_token(challenge), proofs.link_token(disguised)):
        assert refusal(household, LinkToken(token))[1] == "PROOF_INVALID"
    assert refusal(household, EmailCode(parse_address("ada@example.com"), code))[1] == "PROOF_INVALID"


def test_a_verification_code_signs_nobody_in(household: Household, letter: Letter):
    with pytest.raises(ProofRejected):
        household.journeys.verify_code(household.call(), "ada@example.com", letter.code)


def test_a_verification_code_of_a_user_signs_nobody_in(household: Household):
    household.user()
    household.register()  # taken: its challenge stands, its code was never mailed
    household.post()
    code = ChallengeProofs(household.core.key_ring).code(challenge_for(household, Purpose.VERIFY_EMAIL))
    with pytest.raises(ProofRejected):
        household.journeys.verify_code(household.call(), "ada@example.com", code)


def test_a_decoys_own_code_is_refused(household: Household):
    """Nobody was mailed it, so whoever has it has guessed."""
    household.journeys.request_code(household.call(), "nobody@example.com")
    code = ChallengeProofs(household.core.key_ring).code(challenge_for(household, Purpose.SIGN_IN))
    with pytest.raises(ProofRejected):
        household.journeys.verify_code(household.call(), "nobody@example.com", code)


def test_a_proof_used_between_its_check_and_its_use_is_refused(household: Household, letter: Letter):
    def verify() -> ProvedUser:
        return household.journeys.verify_email(household.call(), letter.link)

    with before_transaction(household.core.database, verify):
        assert refusal(household, letter.link)[1] == "PROOF_INVALID"
