"""Which proofs change no address, or none any more: expired, used, guessed, made for others or void."""

import pytest

from identity_service.identity.challenge_secrets import Purpose
from identity_service.identity.challenges import BUDGETS, LinkToken
from identity_service.identity.confirm_email_change import UserCode
from identity_service.identity.errors import AttemptsExhausted, ProofRejected
from identity_service.identity.start_password_reset import ResetMethod
from identity_service.ids import new_id
from identity_service.storage.tables import notifications
from tests.services.at_once import all_at_once
from tests.services.email_changes import ADA, BOB, BOTH, NEW, OTHER_PASSWORD, confirm, proof_of, start
from tests.services.household import PASSWORD, Household


def test_many_confirmations_at_once_change_once(household: Household):
    user = household.user(ADA)
    proof = proof_of(household, user, start(household, user))
    household.post()
    ended = all_at_once([lambda: confirm(household, proof)] * 4)
    assert sorted(type(one).__name__ for one in ended) == ["ProofRejected"] * 3 + ["UserProfile"]
    assert len([row for row in household.rows(notifications) if row["kind"] == "email_changed"]) == 1


def test_two_requests_of_one_user_confirmed_at_once_move_the_user_once(household: Household):
    user = household.user(ADA)
    proofs = [proof_of(household, user, start(household, user, address)) for address in (NEW, "third@example.org")]
    ended = all_at_once([lambda proof=proof: confirm(household, proof) for proof in proofs])
    assert sorted(type(one).__name__ for one in ended) == ["ProofRejected", "UserProfile"]


def test_a_code_belongs_to_its_user(household: Household):
    """Both want the address, so both mails are in its mailbox."""
    ada, bob = household.user(ADA), household.user(BOB)
    mails = [start(household, user) for user in (ada, bob)]
    code = household.letter(mails[1].notification_id).code
    with pytest.raises(ProofRejected):
        confirm(household, UserCode(ada.id, code))


@pytest.mark.parametrize("who", ["nobody", "nothing asked", "other tenant"])
def test_a_code_of_who_asked_for_nothing_is_refused_alike_and_as_often(household: Household, who: str):
    household.add_tenant("other")
    user = household.user(ADA)
    tenant = "default"
    if who == "other tenant":
        tenant, code = "other", household.letter(start(household, user).notification_id).code
    else:
        code = "123456"
    proof = UserCode(new_id() if who == "nobody" else user.id, code)
    budget = BUDGETS[Purpose.CHANGE_EMAIL].attempts
    for _ in range(budget):
        with pytest.raises(ProofRejected):
            household.journeys.confirm_email_change(household.call(tenant=tenant), proof)
    with pytest.raises(AttemptsExhausted):
        household.journeys.confirm_email_change(household.call(tenant=tenant), proof)


def test_codes_of_an_address_are_bounded_whoever_tries_them(household: Household):
    """Another account, another request: the budget is the address's."""
    for number in range(BUDGETS[Purpose.CHANGE_EMAIL].attempts):
        user = household.user(f"guesser{number}@example.com")
        code = household.letter(start(household, user).notification_id).code
        with pytest.raises(ProofRejected):
            confirm(household, UserCode(user.id, f"{(int(code) + 1) % 1_000_000:06d}"))
    last = household.user("last@example.com")
    mail = start(household, last)
    with pytest.raises(AttemptsExhausted):
        confirm(household, proof_of(household, last, mail, by_code=True))
    assert confirm(household, proof_of(household, last, mail)).email == NEW


def test_leaving_gives_no_attempts_back(household: Household):
    """Else whoever guesses would delete the account and go on with the next."""
    for number in range(BUDGETS[Purpose.CHANGE_EMAIL].attempts):
        user = household.user(f"guesser{number}@example.com")
        start(household, user)
        with pytest.raises(ProofRejected):
            confirm(household, UserCode(user.id, "000000"))
        household.journeys.delete_account(household.call(), user.id, PASSWORD)
    last = household.user("last@example.com")
    with pytest.raises(AttemptsExhausted):
        confirm(household, proof_of(household, last, start(household, last), by_code=True))


@BOTH
def test_a_used_proof_is_refused(household: Household, by_code: bool):
    user = household.user(ADA)
    proof = proof_of(household, user, start(household, user), by_code)
    confirm(household, proof)
    with pytest.raises(ProofRejected):
        confirm(household, proof)


@BOTH
def test_a_proof_lives_until_the_microsecond_of_its_expiry(household: Household, by_code: bool):
    user = household.user(ADA)
    household.clock.stand()
    mail = start(household, user)
    proof = proof_of(household, user, mail, by_code)
    household.clock.stand_at(mail.expires_at)
    with pytest.raises(ProofRejected):
        confirm(household, proof)
    household.clock.turn(microseconds=-1)
    assert confirm(household, proof).email == NEW


def test_a_proof_of_another_tenant_is_refused(household: Household):
    household.add_tenant("other")
    user = household.user(ADA)
    proof = proof_of(household, user, start(household, user))
    with pytest.raises(ProofRejected):
        household.journeys.confirm_email_change(household.call(tenant="other"), proof)
    assert confirm(household, proof)


def test_a_proof_of_another_purpose_is_refused(household: Household):
    household.user(ADA)
    queued = household.journeys.start_password_reset(household.call(), ADA, ResetMethod.LINK)
    with pytest.raises(ProofRejected):
        confirm(household, household.letter(queued.notification_id).link)
    user = household.user(BOB)
    proof = proof_of(household, user, start(household, user))
    assert isinstance(proof, LinkToken)
    with pytest.raises(ProofRejected):
        household.journeys.verify_email(household.call(), proof)


@BOTH
def test_who_was_suspended_meanwhile_is_refused(household: Household, by_code: bool):
    user = household.user(ADA)
    proof = proof_of(household, user, start(household, user), by_code)
    household.suspend(user.id)
    with pytest.raises(ProofRejected):
        confirm(household, proof)


def test_who_has_left_meanwhile_is_refused(household: Household):
    user = household.user(ADA)
    proof = proof_of(household, user, start(household, user))
    household.journeys.delete_account(household.call(), user.id, PASSWORD)
    with pytest.raises(ProofRejected):
        confirm(household, proof)


def test_a_request_from_before_a_new_password_is_void(household: Household):
    """Whoever knew the old password asked for it; the owner, who has set a new one, does not know of it."""
    user = household.user(ADA)
    thiefs = proof_of(household, user, start(household, user, "thief@example.org"))
    queued = household.journeys.start_password_reset(household.call(), ADA, ResetMethod.LINK)
    link = household.letter(queued.notification_id).link
    household.journeys.confirm_password_reset(household.call(), link, OTHER_PASSWORD)
    with pytest.raises(ProofRejected):
        confirm(household, thiefs)
    own = proof_of(household, user, start(household, user, NEW, OTHER_PASSWORD))
    assert confirm(household, own).email == NEW
