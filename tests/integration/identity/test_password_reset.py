"""A new password for who has lost the old one, by link and by code."""

from datetime import timedelta
from uuid import UUID

import pytest

from identity_service.identity.addresses import parse_address
from identity_service.identity.challenge_secrets import Purpose
from identity_service.identity.challenges import ChallengeProofs, EmailCode, LinkToken, Proof
from identity_service.identity.errors import AttemptsExhausted, CredentialsRejected, ProofRejected
from identity_service.identity.passwords import PasswordRefused, pwned
from identity_service.identity.sessions import RevokeReason
from identity_service.identity.start_password_reset import ResetMethod
from identity_service.identity.users import ProvedUser
from identity_service.storage.rows import Challenge
from identity_service.storage.tables import audit_events, challenge_budgets, challenges, notifications, sessions, users
from tests.services.at_once import all_at_once, before_transaction
from tests.services.household import PASSWORD, Household
from tests.services.pwned import pwned_server
from tests.services.statements import counted

ADA, NOBODY = "ada@example.com", "nobody@example.com"
NEW = "walnut-comet-drizzle-7"
LINK, CODE = ResetMethod.LINK, ResetMethod.CODE


@pytest.fixture
def ada(household: Household) -> Household:
    """A household where ada@example.com has a user, and no mail is under way."""
    household.user("Ada@example.com", given_name="Ada", family_name="Lovelace")
    household.post()
    return household


def asked(household: Household, method: ResetMethod = LINK, email: str = ADA) -> Proof:
    """The proof of a fresh mail."""
    queued = household.journeys.start_password_reset(household.call(), email, method)
    return proof_of(household, queued.notification_id, email)


def proof_of(household: Household, notification_id: UUID, email: str = ADA) -> Proof:
    letter = household.letter(notification_id)
    return letter.link if "token=" in letter.text else EmailCode(parse_address(email), letter.code)


def confirm(household: Household, proof: Proof, password: str = NEW, tenant: str = "default") -> ProvedUser:
    return household.journeys.confirm_password_reset(household.call(tenant=tenant), proof, password)


def refused(household: Household, proof: Proof, tenant: str = "default") -> None:
    with pytest.raises(ProofRejected):
        confirm(household, proof, tenant=tenant)


def signs_in(household: Household, password: str) -> bool:
    try:
        return bool(household.journeys.sign_in(household.call(), ADA, password))
    except CredentialsRejected:
        return False


@pytest.mark.parametrize("method", [LINK, CODE])
def test_the_new_password_takes_the_place_of_the_old_one(ada: Household, method: ResetMethod):
    proof = asked(ada, method)
    assert signs_in(ada, PASSWORD)
    assert confirm(ada, proof).user.email == "Ada@example.com"
    assert not signs_in(ada, PASSWORD)
    assert signs_in(ada, NEW)


@pytest.mark.parametrize("method", [LINK, CODE])
def test_the_mail_carries_either_a_link_or_a_code_to_the_address_as_registered(ada: Household, method: ResetMethod):
    queued = ada.journeys.start_password_reset(ada.call(ip="203.0.113.5"), "ADA@EXAMPLE.COM", method)
    letter = ada.letter(queued.notification_id)
    assert letter.to == "Ada@example.com"
    assert ("/reset-password?token=" in letter.text) == (method is LINK)
    assert "203.0.113.5" in letter.text


def test_all_sessions_end_and_say_why(ada: Household):
    ada.sign_in()
    ada.sign_in()
    confirm(ada, asked(ada))
    assert [row["revoke_reason"] for row in ada.rows(sessions)] == [RevokeReason.PASSWORD_RESET] * 2
    assert all(row["revoked_at"] for row in ada.rows(sessions))


def test_the_sessions_of_others_go_on(ada: Household):
    ada.user("bob@example.com")
    ada.sign_in("bob@example.com")
    confirm(ada, asked(ada))
    assert [row["revoked_at"] for row in ada.rows(sessions)] == [None]


def test_a_notice_tells_when_and_from_where_and_how_to_undo_it(ada: Household):
    reset = ada.journeys.confirm_password_reset(ada.call(ip="203.0.113.5"), asked(ada), NEW)
    notice = ada.letter(reset.notification_id)
    assert notice.to == "Ada@example.com"
    assert "203.0.113.5" in notice.text
    assert f"{ada.clock():%Y}" in notice.text
    assert "/reset-password" in notice.text
    assert NEW not in notice.text


def test_request_and_reset_are_audited_and_hold_no_secret(ada: Household):
    user_id = ada.rows(users)[0]["id"]
    proof = asked(ada, CODE)
    confirm(ada, proof)
    events = {row["event"]: row for row in ada.rows(audit_events)}
    for name in ("password.reset_requested", "password.reset"):
        assert (events[name]["user_id"], events[name]["outcome"]) == (user_id, "succeeded")
    assert NEW not in str(ada.rows(audit_events)) + str(ada.rows(notifications)) + str(ada.rows(challenges))
    assert isinstance(proof, EmailCode)
    assert proof.code not in str(ada.rows(audit_events)) + str([row["context"] for row in ada.rows(notifications)])


@pytest.mark.parametrize("method", [LINK, CODE])
def test_a_proof_lives_an_hour_to_the_microsecond(ada: Household, method: ResetMethod):
    started = ada.clock.stand()
    queued = ada.journeys.start_password_reset(ada.call(), ADA, method)
    assert queued.expires_at == started + timedelta(hours=1)
    proof = proof_of(ada, queued.notification_id)
    ada.clock.stand_at(queued.expires_at)
    refused(ada, proof)
    ada.clock.turn(microseconds=-1)
    assert confirm(ada, proof)


@pytest.mark.parametrize("method", [LINK, CODE])
def test_a_proof_is_accepted_once_and_voids_the_others(ada: Household, method: ResetMethod):
    others = [asked(ada, LINK), asked(ada, CODE)]
    proof = asked(ada, method)
    confirm(ada, proof)
    for spent in (proof, *others):
        refused(ada, spent)
    assert signs_in(ada, NEW)


def test_a_proof_used_by_several_at_once_sets_one_password(ada: Household):
    proof = asked(ada)
    ended = all_at_once([lambda n=n: confirm(ada, proof, f"{NEW}-{n}") for n in range(4)])
    assert sorted(type(one).__name__ for one in ended) == [*["ProofRejected"] * 3, "ProvedUser"]
    assert [signs_in(ada, f"{NEW}-{n}") for n in range(4)] == [isinstance(one, ProvedUser) for one in ended]


def test_a_proof_used_between_its_check_and_its_use_is_refused(ada: Household):
    proof = asked(ada)
    with before_transaction(ada.core.database, lambda: confirm(ada, proof)), pytest.raises(ProofRejected):
        confirm(ada, proof, "another-quilt-ember-9")
    assert signs_in(ada, NEW)


def test_a_proof_of_another_tenant_or_purpose_is_refused(ada: Household):
    ada.add_tenant("other")
    for method in ResetMethod:
        refused(ada, asked(ada, method), "other")
    verification = ada.letter(ada.register("eve@example.com").notification_id)
    refused(ada, verification.link)
    refused(ada, EmailCode(parse_address("eve@example.com"), verification.code))
    refused(ada, EmailCode(parse_address(ADA), ada.code()))


def test_a_reset_proof_verifies_no_address_and_signs_nobody_in(ada: Household):
    link, code = asked(ada, LINK), asked(ada, CODE)
    assert isinstance(code, EmailCode)
    for proof in (link, code):
        with pytest.raises(ProofRejected):
            ada.journeys.verify_email(ada.call(), proof)
    with pytest.raises(ProofRejected):
        ada.journeys.verify_code(ada.call(), ADA, code.code)
    assert confirm(ada, link)


def test_a_code_means_nothing_with_another_address(ada: Household):
    ada.user("bob@example.com")
    code = asked(ada, CODE)
    assert isinstance(code, EmailCode)
    refused(ada, EmailCode(parse_address("bob@example.com"), code.code))


def test_five_codes_may_be_tried_however_often_a_new_one_is_sent(ada: Household):
    for _ in range(5):
        code = asked(ada, CODE)
        assert isinstance(code, EmailCode)
        refused(ada, EmailCode(code.address, f"{(int(code.code) + 1) % 1_000_000:06d}"))
        ada.journeys.start_password_reset.resend(ada.call(), ADA)
    with pytest.raises(AttemptsExhausted):
        confirm(ada, asked(ada, CODE))
    assert confirm(ada, asked(ada, LINK))


def test_a_password_of_wrong_length_costs_no_try(ada: Household):
    proof = asked(ada, CODE)
    for _ in range(6):
        with pytest.raises(PasswordRefused):
            confirm(ada, proof, "short")
    assert ada.rows(challenge_budgets) == []
    assert confirm(ada, proof)


@pytest.mark.parametrize("method", [LINK, CODE])
@pytest.mark.parametrize("password", ["password1234", "Ada-Lovelace-1", "ada@example.com1"])
def test_a_refused_password_leaves_the_proof_as_good_as_it_was(ada: Household, method: ResetMethod, password: str):
    ada.sign_in()
    proof = asked(ada, method)
    with pytest.raises(PasswordRefused) as refusal:
        confirm(ada, proof, password)
    assert [violation.field for violation in refusal.value.fields] == ["new_password"]
    assert [row["revoked_at"] for row in ada.rows(sessions)] == [None]
    assert confirm(ada, proof)


def test_a_refused_password_with_a_wrong_code_tells_nothing_of_either(ada: Household):
    code = asked(ada, CODE)
    assert isinstance(code, EmailCode)
    with pytest.raises(ProofRejected):
        confirm(ada, EmailCode(code.address, f"{(int(code.code) + 1) % 1_000_000:06d}"), "password1234")
    assert [row["attempts"] for row in ada.rows(challenge_budgets)] == [1]


def test_a_breached_password_is_refused(ada: Household, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pwned, "_TIMEOUT", 30)
    proof = asked(ada)
    with pwned_server() as server:
        server.knows(NEW)
        with ada.restarted(IDENTITY_BREACHED_PASSWORDS_URL=server.url) as asking:
            with pytest.raises(PasswordRefused, match="not valid") as refusal:
                confirm(asking, proof)
            assert "data breach" in refusal.value.fields[0].description
            assert confirm(asking, proof, "another-quilt-ember-9")


@pytest.mark.parametrize("suspended", [False, True], ids=["unknown", "suspended"])
def test_who_may_not_reset_gets_the_same_answer_and_a_decoy(ada: Household, suspended: bool):
    email = ADA if suspended else NOBODY
    if suspended:
        ada.suspend(ada.rows(users)[0]["id"])
    started = ada.clock.stand()
    queued = ada.journeys.start_password_reset(ada.call(), email, LINK)
    assert queued.expires_at == started + timedelta(hours=1)
    before = len(ada.letters())
    ada.post()
    decoy = ada.notification(queued.notification_id)
    assert (decoy.decoy, decoy.state, decoy.kind) == (True, "sent", "reset_link")
    assert len(ada.letters()) == before


def test_known_and_unknown_requests_leave_the_same_rows(ada: Household):
    ada.clock.stand()
    for resend in (False, True):
        texts, rows = [], []
        for email in (ADA, NOBODY):
            with counted(ada.core.database) as statements:
                start = ada.journeys.start_password_reset
                queued = start.resend(ada.call(), email) if resend else start(ada.call(), email, CODE)
            texts.append(statements.texts)
            row = next(row for row in ada.rows(notifications) if row["id"] == queued.notification_id)
            rows.append({name: row[name] for name in ("kind", "queue", "state", "user_id", "expires_at", "due_at")})
        assert texts[0] == texts[1]
        assert rows[0] == rows[1]
        assert rows[0]["kind"] == "reset_code"


def test_wrong_codes_run_the_same_statements_for_known_and_unknown_addresses(ada: Household):
    asked(ada, CODE)
    texts = []
    for email in (ADA, NOBODY):
        with counted(ada.core.database) as statements, pytest.raises(ProofRejected):
            confirm(ada, EmailCode(parse_address(email), "000000"))
        texts.append(statements.texts)
    assert texts[0] == texts[1]


def test_a_decoys_own_proofs_are_refused(ada: Household):
    """Nobody was mailed them, so whoever has them has guessed."""
    ada.journeys.start_password_reset(ada.call(), NOBODY, LINK)
    [row] = [row for row in ada.rows(challenges) if row["purpose"] == Purpose.RESET_PASSWORD]
    proofs, decoy = ChallengeProofs(ada.core.key_ring), Challenge(**row)
    refused(ada, LinkToken(proofs.link_token(decoy)))
    refused(ada, EmailCode(parse_address(NOBODY), proofs.code(decoy)))


@pytest.mark.parametrize("method", [LINK, CODE])
def test_a_user_suspended_after_the_mail_gets_no_new_password(ada: Household, method: ResetMethod):
    proof = asked(ada, method)
    ada.suspend(ada.rows(users)[0]["id"])
    refused(ada, proof)


def test_a_user_suspended_while_the_password_is_hashed_gets_none(ada: Household):
    proof, user_id = asked(ada), ada.rows(users)[0]["id"]
    with before_transaction(ada.core.database, lambda: ada.suspend(user_id)):
        refused(ada, proof)
    assert [row["password_changed_at"] for row in ada.rows(users)] == [None]


def test_a_mail_asked_for_before_the_password_changed_is_void(ada: Household):
    """Whoever still holds an old link must not undo the change; not even one of another address."""
    proof = asked(ada)
    confirm(ada, asked(ada, CODE, ADA))
    newer = asked(ada)
    refused(ada, proof)
    assert confirm(ada, newer, "another-quilt-ember-9")


def test_a_resend_repeats_the_method_that_was_last_asked_for(ada: Household):
    start = ada.journeys.start_password_reset
    kinds = []
    for method in (None, CODE, LINK):
        if method:
            start(ada.call(), ADA, method)
        queued = start.resend(ada.call(), ADA)
        kinds.append(ada.notification(queued.notification_id).kind)
    assert kinds == ["reset_link", "reset_code", "reset_link"]


def test_a_resent_proof_works_and_the_first_one_too(ada: Household):
    first = asked(ada, CODE)
    again = ada.journeys.start_password_reset.resend(ada.call(), ADA)
    assert proof_of(ada, again.notification_id) != first
    assert confirm(ada, first)


def test_the_method_of_another_tenants_request_is_not_repeated(ada: Household):
    ada.add_tenant("other")
    ada.journeys.start_password_reset(ada.call(tenant="other"), ADA, CODE)
    queued = ada.journeys.start_password_reset.resend(ada.call(), ADA)
    assert ada.notification(queued.notification_id).kind == "reset_link"
