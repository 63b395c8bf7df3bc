"""Changing an address: asked for with the password, confirmed from the new mailbox, told to the old one."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from identity_service.errors import InvalidInput, LimitExceeded
from identity_service.identity.challenge_secrets import Purpose
from identity_service.identity.challenges import BUDGETS, ChallengeProofs, LinkToken
from identity_service.identity.confirm_email_change import UserCode
from identity_service.identity.errors import AttemptsExhausted, CredentialsRejected, EmailTaken, ProofRejected
from identity_service.identity.mails import MailQueued
from identity_service.identity.start_email_change import EmailChangeCommand
from identity_service.identity.start_password_reset import ResetMethod
from identity_service.identity.users import UserProfile
from identity_service.ids import new_id
from identity_service.storage.rows import Challenge
from identity_service.storage.tables import audit_events, challenges, metadata, notifications, users
from tests.services.at_once import all_at_once, meanwhile
from tests.services.household import PASSWORD, Household
from tests.services.statements import counted

ADA, NEW, BOB = "ada@example.com", "countess@example.org", "bob@example.com"
OTHER_PASSWORD = "walnut-comet-drizzle-7"
BOTH = pytest.mark.parametrize("by_code", [False, True], ids=["link", "code"])


def start(household: Household, user: UserProfile, new_email: str = NEW, password: str = PASSWORD) -> MailQueued:
    command = EmailChangeCommand(user.id, password, new_email)
    return household.journeys.start_email_change(household.call(ip="203.0.113.5"), command)


def confirm(household: Household, proof: LinkToken | UserCode) -> UserProfile:
    return household.journeys.confirm_email_change(household.call(ip="203.0.113.6"), proof).user


def proof_of(household: Household, user: UserProfile, mail: MailQueued, by_code: bool = False) -> LinkToken | UserCode:
    letter = household.letter(mail.notification_id)
    return UserCode(user.id, letter.code) if by_code else letter.link


def code_never_mailed(household: Household, user_id: UUID, address_key: str) -> list[LinkToken | UserCode]:
    """The proofs of the newest change challenge at an address, as whoever has the keys could make them."""
    rows = [Challenge(**row) for row in household.rows(challenges)]
    found = [row for row in rows if (row.purpose, row.address_key) == (Purpose.CHANGE_EMAIL, address_key)]
    proofs = ChallengeProofs(household.core.key_ring)
    return [LinkToken(proofs.link_token(found[-1])), UserCode(user_id, proofs.code(found[-1]))]


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


def test_users_may_spell_their_own_address_anew(household: Household):
    user = household.user(ADA)
    assert confirm(household, proof_of(household, user, start(household, user, "ADA@example.com"))).email == (
        "ADA@example.com"
    )
    assert household.sign_in(ADA).user.id == user.id


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


def test_many_confirmations_at_once_change_once(household: Household):
    user = household.user(ADA)
    proof = proof_of(household, user, start(household, user))
    household.post()
    ended = all_at_once([lambda: confirm(household, proof)] * 4)
    assert sorted(type(one).__name__ for one in ended) == ["ProofRejected"] * 3 + ["UserProfile"]
    assert len([row for row in household.rows(notifications) if row["kind"] == "email_changed"]) == 1


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


def test_two_requests_of_one_user_confirmed_at_once_move_the_user_once(household: Household):
    user = household.user(ADA)
    proofs = [proof_of(household, user, start(household, user, address)) for address in (NEW, "third@example.org")]
    ended = all_at_once([lambda proof=proof: confirm(household, proof) for proof in proofs])
    assert sorted(type(one).__name__ for one in ended) == ["ProofRejected", "UserProfile"]


def test_the_code_of_an_earlier_mail_to_the_same_address_works(household: Household):
    user = household.user(ADA)
    first = start(household, user)
    start(household, user)
    assert confirm(household, proof_of(household, user, first, by_code=True)).email == NEW


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


def test_the_mail_can_be_used_for_24_hours(household: Household):
    user = household.user(ADA)
    now = household.clock.stand()
    assert start(household, user).expires_at == now + timedelta(hours=24)


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
