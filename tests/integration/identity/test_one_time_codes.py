"""Signing in with a code from a mail."""

import pytest

from identity_service.identity.errors import ProofRejected
from identity_service.identity.sessions import SignedIn, SignInMethod
from identity_service.notification.broker import QUEUES
from identity_service.storage.tables import audit_events, challenges, notifications, sessions
from tests.services.at_once import all_at_once, before_transaction
from tests.services.household import Household
from tests.services.statements import counted

ADA, NOBODY = "ada@example.com", "nobody@example.com"


@pytest.fixture
def ada(household: Household) -> Household:
    """A household where ada@example.com has a user, and no mail is under way."""
    household.user(ADA, given_name="Ada")
    household.post()
    return household


def test_the_code_opens_a_session_of_its_user(ada: Household):
    signed_in = ada.journeys.verify_code(ada.call(), "ADA@example.com", ada.code())
    verified = ada.journeys.verify_access_token("default", signed_in.tokens.access_token)
    assert verified.claims.user_id == signed_in.user.id
    assert verified.session.method == SignInMethod.ONE_TIME_CODE


def test_the_code_lives_ten_minutes(ada: Household):
    asked = ada.clock.stand()
    requested = ada.journeys.request_code(ada.call(), ADA)
    code = ada.letter(requested.notification_id).code
    assert (requested.expires_at - asked).total_seconds() == 600
    ada.clock.stand_at(requested.expires_at)
    with pytest.raises(ProofRejected):
        ada.journeys.verify_code(ada.call(), ADA, code)
    ada.clock.turn(microseconds=-1)
    assert ada.journeys.verify_code(ada.call(), ADA, code)


def test_the_mail_goes_to_the_address_as_it_was_registered(household: Household):
    household.user("Ada@example.com")
    requested = household.journeys.request_code(household.call(), "ADA@EXAMPLE.COM")
    assert household.letter(requested.notification_id).to == "Ada@example.com"


def test_a_code_is_accepted_once(ada: Household):
    code = ada.code()
    ada.journeys.verify_code(ada.call(), ADA, code)
    with pytest.raises(ProofRejected):
        ada.journeys.verify_code(ada.call(), ADA, code)
    assert len(ada.rows(sessions)) == 1


def test_a_code_used_by_several_at_once_opens_one_session(ada: Household):
    code = ada.code()
    ended = all_at_once([lambda: ada.journeys.verify_code(ada.call(), ADA, code)] * 5)
    assert sorted(type(one).__name__ for one in ended) == ["ProofRejected"] * 4 + ["SignedIn"]
    assert len(ada.rows(sessions)) == 1


def test_a_code_used_between_its_check_and_its_use_opens_no_second_session(ada: Household):
    """Whoever passed the comparison may still come second at the row."""
    code = ada.code()

    def enter() -> SignedIn:
        return ada.journeys.verify_code(ada.call(), ADA, code)

    with before_transaction(ada.core.database, enter), pytest.raises(ProofRejected):
        enter()
    assert len(ada.rows(sessions)) == 1


def test_two_codes_used_at_once_open_one_session(ada: Household):
    codes = [ada.code(), ada.code()]
    ended = all_at_once([lambda code=code: ada.journeys.verify_code(ada.call(), ADA, code) for code in codes])
    assert sorted(type(one).__name__ for one in ended) == ["ProofRejected", "SignedIn"]


@pytest.mark.parametrize("which", [0, 1, 2])
def test_every_live_code_is_accepted_and_uses_up_the_others(ada: Household, which: int):
    codes = [ada.code() for _ in range(3)]
    ada.journeys.verify_code(ada.call(), ADA, codes[which])
    for code in codes:
        with pytest.raises(ProofRejected):
            ada.journeys.verify_code(ada.call(), ADA, code)
    assert all(row["used_at"] for row in ada.rows(challenges))


def test_a_code_uses_up_only_those_of_its_own_address(ada: Household):
    ada.user("bob@example.com")
    bobs = ada.code("bob@example.com")
    ada.sign_in(ADA)
    assert ada.journeys.verify_code(ada.call(), "bob@example.com", bobs)


def test_the_requesters_address_and_agent_are_recorded(ada: Household):
    asking = ada.call(ip="203.0.113.5", agent="phone")
    code = ada.letter(ada.journeys.request_code(asking, ADA).notification_id).code
    ada.journeys.verify_code(ada.call(ip="2001:db8::9", agent="laptop"), ADA, code)
    seen = {row["event"]: (row["ip_address"], row["user_agent"]) for row in ada.rows(audit_events)}
    assert seen["one_time_code.requested"] == ("203.0.113.5", "phone")
    assert seen["session.signed_in"] == ("2001:db8::9", "laptop")
    (session,) = ada.rows(sessions)
    assert (session["ip_address"], session["user_agent"]) == ("2001:db8::9", "laptop")


@pytest.mark.parametrize("suspended", [False, True], ids=["unknown", "suspended"])
def test_who_may_not_enter_gets_a_decoy_that_is_never_mailed(ada: Household, suspended: bool):
    email = ADA if suspended else NOBODY
    if suspended:
        ada.suspend(ada.rows(sessions.metadata.tables["users"])[0]["id"])
    requested = ada.journeys.request_code(ada.call(), email)
    assert ada.notification(requested.notification_id).state == "queued"
    before = len(ada.letters())
    ada.post()
    decoy = ada.notification(requested.notification_id)
    assert (decoy.decoy, decoy.state, decoy.attempts) == (True, "sent", 1)
    assert ada.outcomes(requested.notification_id) == ["sent"]
    assert len(ada.letters()) == before


def test_a_user_suspended_after_the_mail_is_not_let_in(ada: Household):
    code = ada.code()
    ada.suspend(ada.rows(challenges)[-1]["user_id"])
    with pytest.raises(ProofRejected):
        ada.journeys.verify_code(ada.call(), ADA, code)


def test_known_and_unknown_requests_run_the_same_statements(ada: Household):
    with counted(ada.core.database) as known:
        ada.journeys.request_code(ada.call(), ADA)
    with counted(ada.core.database) as unknown:
        ada.journeys.request_code(ada.call(), NOBODY)
    assert known.texts == unknown.texts
    assert known.transactions == unknown.transactions


def test_wrong_codes_run_the_same_statements_for_known_and_unknown_addresses(ada: Household):
    ada.journeys.request_code(ada.call(), ADA)
    with counted(ada.core.database) as known, pytest.raises(ProofRejected):
        ada.journeys.verify_code(ada.call(), ADA, "000000")
    with counted(ada.core.database) as unknown, pytest.raises(ProofRejected):
        ada.journeys.verify_code(ada.call(), NOBODY, "000000")
    assert known.texts == unknown.texts


def test_delivering_a_decoy_runs_the_same_statements(ada: Household):
    texts = []
    for email in (ADA, NOBODY):
        ada.journeys.request_code(ada.call(), email)
        with counted(ada.core.database) as statements:
            ada.post()
        texts.append(statements.texts)
    assert texts[0] == texts[1]


def test_both_answers_look_alike_and_both_mails_wait_in_the_high_queue(ada: Household):
    ada.clock.stand()
    known, unknown = (ada.journeys.request_code(ada.call(), email) for email in (ADA, NOBODY))
    assert known.expires_at == unknown.expires_at
    rows = {row["id"]: row for row in ada.rows(notifications)}
    alike = [
        {name: rows[mail.notification_id][name] for name in ("kind", "queue", "state", "user_id", "attempt_limit")}
        for mail in (known, unknown)
    ]
    assert alike[0] == alike[1]
    assert alike[0]["queue"] == QUEUES[0]
