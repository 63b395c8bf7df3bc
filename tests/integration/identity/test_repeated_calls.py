"""A call with a `request_id` takes effect once, however often and however fast it is repeated."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from identity_service.calls.call import Call, RequestKey
from identity_service.calls.errors import RequestIdReused
from identity_service.errors import LimitExceeded
from identity_service.identity.accept_invitation import AcceptCommand
from identity_service.identity.errors import AttemptsExhausted, CredentialsRejected, ProofRejected
from identity_service.identity.invite import InviteCommand
from identity_service.identity.start_email_change import EmailChangeCommand
from identity_service.identity.start_password_reset import ResetMethod
from identity_service.ids import new_id
from identity_service.storage.tables import answered_requests, audit_events, notifications, registrations, sessions
from tests.services.at_once import all_at_once, meanwhile
from tests.services.household import PASSWORD, Household

ADA = "ada@example.com"
Act = Callable[[Call], object]


def repeatable(household: Household, payload: bytes = b"what was asked", rpc: str = "Test") -> Call:
    return household.call(request_id=new_id(), payload=payload, rpc=rpc)


def journeys_of(household: Household) -> dict[str, Act]:
    """Every journey whose answer is kept, ready to be carried out by a call."""
    household.user(ADA)
    waiting = household.register("waiting@example.com")
    link = household.letter(household.register("new@example.com").notification_id).link
    signed_in = household.sign_in(ADA)
    session_id = household.rows(sessions)[0]["id"]
    reset, confirm_reset = household.journeys.start_password_reset, household.journeys.confirm_password_reset
    reset_link = household.letter(reset(household.call(), ADA, ResetMethod.LINK).notification_id).link
    change_password = household.journeys.change_password
    change = household.journeys.start_email_change
    wanted = EmailChangeCommand(signed_in.user.id, PASSWORD, "other@example.com")
    change_link = household.letter(change(household.call(), wanted).notification_id).link
    invite = household.journeys.invite
    invited = invite(household.call(), InviteCommand(signed_in.user.id, "invited@example.com", "Artist"))
    token = household.letter(invited.notification_id).token
    resend, revoking = household.journeys.resend_verification, household.journeys.sessions
    return {
        "register": lambda call: household.register("fresh@example.com", call),
        "request code": lambda call: household.journeys.request_code(call, ADA),
        "resend by address": lambda call: resend.to_address(call, "waiting@example.com"),
        "resend by id": lambda call: resend.to_user(call, waiting.user_id),
        "verify": lambda call: household.journeys.verify_email(call, link),
        "start reset": lambda call: reset(call, ADA, ResetMethod.CODE),
        "resend reset": lambda call: reset.resend(call, ADA),
        "confirm reset": lambda call: confirm_reset(call, reset_link, "walnut-comet-drizzle-7"),
        "change password": lambda call: change_password(call, signed_in.user.id, PASSWORD, "walnut-comet-drizzle-7"),
        "start change": lambda call: change(call, EmailChangeCommand(signed_in.user.id, PASSWORD, "newer@example.com")),
        "confirm change": lambda call: household.journeys.confirm_email_change(call, change_link),
        "delete": lambda call: household.journeys.delete_account(call, signed_in.user.id, PASSWORD),
        "invite": lambda call: invite(call, InviteCommand(signed_in.user.id, "guest@example.com", "Artist")),
        "accept": lambda call: household.journeys.accept_invitation(call, AcceptCommand(token, PASSWORD)),
        "revoke one": lambda call: revoking.revoke(call, signed_in.user.id, session_id),
        "revoke all": lambda call: revoking.revoke_all(call, signed_in.user.id, None),
    }


SILENT = ["revoke one", "revoke all"]
RESETS = ["start reset", "resend reset", "confirm reset", "change password"]
ACCOUNT = ["start change", "confirm change", "delete", "invite", "accept"]
JOURNEYS = ["register", "request code", "resend by address", "resend by id", "verify", *RESETS, *ACCOUNT, *SILENT]


@pytest.mark.parametrize("name", JOURNEYS)
def test_a_repeated_call_gets_the_first_answer_and_changes_nothing(household: Household, name: str):
    act, call = journeys_of(household)[name], repeatable(household)
    first, mails = act(call), len(household.rows(notifications))
    events = len(household.rows(audit_events))
    assert act(call) == act(call) == first
    assert len(household.rows(notifications)) == mails
    assert len(household.rows(audit_events)) == events


@pytest.mark.parametrize("name", JOURNEYS)
def test_the_same_id_with_another_request_is_refused(household: Household, name: str):
    act, call = journeys_of(household)[name], repeatable(household)
    act(call)
    assert call.request is not None
    with pytest.raises(RequestIdReused):
        act(replace(call, request=replace(call.request, payload=b"something else")))


@pytest.mark.parametrize("name", JOURNEYS)
def test_calls_at_once_have_one_effect_and_one_answer(household: Household, name: str):
    act, call = journeys_of(household)[name], repeatable(household)
    mails = len(household.rows(notifications))
    ended = all_at_once([lambda: act(call)] * 3)
    assert not [one for one in ended if isinstance(one, Exception)]
    assert ended[0] == ended[1] == ended[2]
    assert len(household.rows(notifications)) - mails == (0 if name in SILENT else 1)


def test_a_repeat_that_overtakes_the_first_call_gets_its_answer(household: Household):
    """The client gave up waiting and asked again; the first call ends while the second one is under way."""
    link = household.letter(household.register().notification_id).link
    call, answers = repeatable(household), []

    def verify() -> None:
        answers.append(household.journeys.verify_email(call, link))

    with meanwhile(household.core.database, "FROM challenges", verify):
        verify()
    assert answers[0] == answers[1]
    verified = [row["outcome"] for row in household.rows(audit_events) if row["event"] == "email.verified"]
    assert verified == ["succeeded"]


def test_a_repeat_overtaken_by_the_last_attempt_gets_its_answer(household: Household):
    """The budget is spent by then, which must not hide that the code was right."""
    registered = household.register()
    right = household.proof(registered.notification_id)
    wrong = replace(right, code=f"{(int(right.code) + 1) % 1_000_000:06d}")
    for _ in range(4):
        with pytest.raises(ProofRejected):
            household.journeys.verify_email(household.call(), wrong)
    call, answers = repeatable(household), []

    def verify() -> None:
        answers.append(household.journeys.verify_email(call, right))

    with meanwhile(household.core.database, "INSERT INTO challenge_budgets", verify):
        verify()
    assert answers[0] == answers[1]


def test_the_same_id_belongs_to_one_rpc_and_one_tenant(household: Household):
    household.add_tenant("other")
    request_id = new_id()
    first = household.register("a@example.com", household.call(request_id=request_id, rpc="RegisterUser"))
    calls = [
        household.call(request_id=request_id, rpc="OtherRpc"),
        household.call(request_id=request_id, rpc="RegisterUser", tenant="other"),
    ]
    assert first not in [household.register("a@example.com", call) for call in calls]
    assert len(household.rows(answered_requests)) == 3


def test_a_call_without_an_id_leaves_no_answer(household: Household):
    household.register()
    assert household.rows(answered_requests) == []


def test_a_call_that_failed_may_be_repeated(household: Household):
    """What was refused has had no effect, so its id is still free."""
    link = household.letter(household.register().notification_id).link
    call = repeatable(household)
    with pytest.raises(ProofRejected):
        household.journeys.verify_email(call, replace(link, token="A" * 64))
    assert household.rows(answered_requests) == []
    assert household.journeys.verify_email(call, link)


def test_a_code_is_not_verified_twice_and_its_answer_is_not_kept(household: Household):
    household.user(ADA)
    code, call = household.code(ADA), repeatable(household)
    household.journeys.verify_code(call, ADA, code)
    with pytest.raises(RequestIdReused):
        household.journeys.verify_code(call, ADA, code)
    assert [row["answer"] for row in household.rows(answered_requests)] == [None]
    assert len(household.rows(sessions)) == 1


def test_a_sign_in_is_not_repeated_and_its_answer_is_not_kept(household: Household):
    household.user(ADA)
    call = repeatable(household)
    household.journeys.sign_in(call, ADA, PASSWORD)
    with pytest.raises(RequestIdReused):
        household.journeys.sign_in(call, ADA, PASSWORD)
    assert [row["answer"] for row in household.rows(answered_requests)] == [None]
    assert len(household.rows(sessions)) == 1


def test_sign_ins_at_once_with_one_id_open_one_session(household: Household):
    household.user(ADA)
    call = repeatable(household)
    ended = all_at_once([lambda: household.journeys.sign_in(call, ADA, PASSWORD)] * 3)
    assert sorted(type(one).__name__ for one in ended) == ["RequestIdReused"] * 2 + ["SignedIn"]
    assert len(household.rows(sessions)) == 1


def test_codes_verified_at_once_with_one_id_open_one_session(household: Household):
    household.user(ADA)
    code, call = household.code(ADA), repeatable(household)
    ended = all_at_once([lambda: household.journeys.verify_code(call, ADA, code)] * 3)
    accepted = [one for one in ended if not isinstance(one, Exception)]
    assert len(accepted) == len(household.rows(sessions)) == 1
    assert {type(one) for one in ended if isinstance(one, Exception)} == {RequestIdReused}


def test_a_code_whose_first_call_ends_meanwhile_is_no_wrong_code(household: Household):
    """Whoever is told that the code is wrong asks for another, and was signed in all the while."""
    household.user(ADA)
    code, call = household.code(ADA), repeatable(household)
    with (
        meanwhile(
            household.core.database,
            "INSERT INTO challenge_budgets",
            lambda: household.journeys.verify_code(call, ADA, code),
        ),
        pytest.raises(RequestIdReused),
    ):
        household.journeys.verify_code(call, ADA, code)
    outcomes = {row["outcome"] for row in household.rows(audit_events) if row["event"] == "session.signed_in"}
    assert outcomes == {"succeeded"}


def test_a_repeated_sign_in_costs_no_try_and_no_hash(household: Household):
    household.user(ADA)
    with household.restarted(IDENTITY_RATE_LIMITS="on") as limited:
        call = repeatable(limited)
        limited.journeys.sign_in(call, ADA, PASSWORD)
        for _ in range(12):
            with pytest.raises(RequestIdReused):
                limited.journeys.sign_in(call, ADA, PASSWORD)
        with pytest.raises(CredentialsRejected):
            limited.journeys.sign_in(limited.call(), ADA, "wrong-quilt-ember-42")


def test_a_repeated_code_costs_no_attempt(household: Household):
    household.user(ADA)
    code, call = household.code(ADA), repeatable(household)
    household.journeys.verify_code(call, ADA, code)
    for _ in range(6):
        with pytest.raises(RequestIdReused):
            household.journeys.verify_code(call, ADA, code)
    try:
        household.journeys.verify_code(household.call(), ADA, code)
    except AttemptsExhausted:
        pytest.fail("repeats were counted")
    except (ProofRejected, LimitExceeded):
        pass


def test_what_was_asked_is_kept_as_a_keyed_digest(household: Household):
    """A plain one could be searched for the password in it."""
    from hashlib import sha256

    payload = b"ada@example.com fjord-quilt-ember-42"
    household.register(call=repeatable(household, payload))
    (row,) = household.rows(answered_requests)
    assert row["payload_digest"] != sha256(payload).digest()
    with household.restarted() as again:
        again.register("bob@example.com", call=repeatable(again, payload))
        digests = {row["payload_digest"] for row in again.rows(answered_requests)}
    assert len(digests) == 1


def test_equal_requests_of_other_houses_have_other_digests(household: Household):
    from identity_service import secret_keys

    payload = b"ada@example.com fjord-quilt-ember-42"
    household.register(call=repeatable(household, payload))
    with household.restarted(IDENTITY_SECRET_KEYS=secret_keys.generate()) as other:
        other.register("bob@example.com", call=repeatable(other, payload))
        digests = {row["payload_digest"] for row in other.rows(answered_requests)}
    assert len(digests) == 2


def test_the_registration_of_a_repeated_call_is_one_row(household: Household):
    call = repeatable(household)
    all_at_once([lambda: household.register(ADA, call)] * 4)
    assert len(household.rows(registrations)) == 1


def test_a_request_key_does_not_show_what_was_asked():
    assert "secret" not in repr(RequestKey("Test", new_id(), b"secret"))
