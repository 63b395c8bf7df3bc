"""Registering an address that has a user: the caller cannot tell, and the owner is told."""

import pytest

from identity_service.identity.addresses import parse_address
from identity_service.identity.challenges import ChallengeProofs, EmailCode, LinkToken
from identity_service.identity.errors import EmailTaken, ProofRejected
from identity_service.storage.rows import Challenge
from identity_service.storage.tables import challenges, notifications, registrations, users
from tests.services.household import PASSWORD, Household
from tests.services.statements import counted


@pytest.fixture
def taken(household: Household) -> Household:
    """A household where ada@example.com has a user, and no mail is under way."""
    household.user("Ada@example.com", given_name="Ada")
    household.post()
    return household


def test_the_answer_has_the_same_shape(taken: Household):
    taken.clock.stand()
    known, unknown = taken.register("ada@example.com"), taken.register("bob@example.com")
    assert known.expires_at == unknown.expires_at
    assert known.user_id.version == unknown.user_id.version == 7
    assert known.notification_id.version == unknown.notification_id.version == 7


def test_the_owner_is_mailed_at_the_stored_address(taken: Household):
    registered = taken.register("ADA@EXAMPLE.COM", call=taken.call(ip="203.0.113.9"))
    letter = taken.letter(registered.notification_id)
    assert letter.to == "Ada@example.com"
    assert "203.0.113.9" in letter.text
    assert "token=" not in letter.text


def test_the_owner_is_mailed_in_their_own_language(household: Household):
    household.user(locale="ar")
    registered = household.register(locale="en")
    assert household.notification(registered.notification_id).locale == "ar"


def test_the_same_statements_run_for_taken_and_free_addresses(taken: Household):
    database = taken.core.database
    with counted(database) as known:
        taken.register("ada@example.com")
    with counted(database) as unknown:
        taken.register("bob@example.com")
    assert known.texts == unknown.texts
    assert known.transactions == unknown.transactions


def test_both_mails_wait_in_the_same_queue(taken: Household):
    known, unknown = taken.register("ada@example.com"), taken.register("bob@example.com")
    queues = {taken.notification(mail).queue for mail in (known.notification_id, unknown.notification_id)}
    assert queues == {"high"}


def test_the_answered_id_becomes_nobody(taken: Household):
    """Not even with the proofs that were never mailed."""
    registered = taken.register("ada@example.com")
    row = next(row for row in taken.rows(challenges) if row["subject_id"] == registered.user_id)
    token, code = _secrets(taken, row)
    for proof in (LinkToken(token), EmailCode(parse_address("ada@example.com"), code)):
        with pytest.raises(ProofRejected):
            taken.journeys.verify_email(taken.call(), proof)
    assert registered.user_id not in {row["id"] for row in taken.rows(users)}


def test_the_owners_password_stays(taken: Household):
    taken.register("ada@example.com", password="another-quilt-ember-42")
    assert taken.journeys.sign_in(taken.call(), "ada@example.com", PASSWORD)


def test_a_resend_to_the_answered_id_is_answered_like_any_other(taken: Household):
    known, unknown = taken.register("ada@example.com"), taken.register("bob@example.com")
    taken.journeys.resend_verification.to_user(taken.call(), known.user_id)
    taken.journeys.resend_verification.to_user(taken.call(), unknown.user_id)


def test_without_the_protection_the_caller_is_told(taken: Household):
    before = len(taken.rows(notifications))
    with taken.restarted(IDENTITY_HIDE_TAKEN_ADDRESSES="false") as open_house:
        with pytest.raises(EmailTaken):
            open_house.register("ada@example.com")
        assert open_house.register("bob@example.com").user_id
    assert len(taken.rows(notifications)) == before + 1
    assert [row["email"] for row in taken.rows(registrations)] == ["bob@example.com"]


def _secrets(household: Household, row: dict[str, object]) -> tuple[str, str]:
    proofs, challenge = ChallengeProofs(household.core.key_ring), Challenge(**row)  # type: ignore[arg-type]
    return proofs.link_token(challenge), proofs.code(challenge)
