"""Refused calls leave a trace: who, what and why; not without end, and never with what was tried."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from identity_service.calls.call import Call
from identity_service.calls.errors import RequestIdReused
from identity_service.calls.refusals import MOST_ALIKE
from identity_service.errors import LimitExceeded
from identity_service.identity.challenges import LinkToken
from identity_service.identity.errors import (
    AttemptsExhausted,
    CredentialsRejected,
    ProofRejected,
    RefreshTokenRejected,
)
from identity_service.ids import new_id
from identity_service.storage.tables import audit_events
from tests.services.at_once import all_at_once, meanwhile
from tests.services.household import PASSWORD, Household

ADA, NEW, NOBODY = "ada@example.com", "new@example.com", "nobody@example.com"
WRONG = "wrong-quilt-ember-42"
COUNTED = "INSERT INTO challenge_budgets"


def refusals(household: Household) -> list[dict[str, Any]]:
    return [row for row in household.rows(audit_events) if row["outcome"] == "refused"]


def told(household: Household) -> list[tuple[str, str]]:
    return [(row["event"], row["reason"]) for row in refusals(household)]


@pytest.mark.parametrize("email", [ADA, NOBODY])
def test_wrong_codes_are_recorded_with_whom_they_were_for(household: Household, email: str):
    ada = household.user(ADA)
    household.journeys.request_code(household.call(), email)
    for _ in range(2):
        with pytest.raises(ProofRejected):
            household.journeys.verify_code(household.call(ip="198.51.100.7"), email, "000000")
    first, second = refusals(household)
    assert (first["event"], first["reason"]) == ("session.signed_in", "PROOF_INVALID")
    assert first["user_id"] == second["user_id"] == (ada.id if email == ADA else None)
    assert first["subject_id"] is not None
    assert (first["actor"], first["ip_address"], first["user_agent"]) == ("test", "198.51.100.7", "pytest")


def test_of_the_tries_beyond_the_budget_the_first_is_recorded(household: Household):
    household.user(ADA)
    household.code(ADA)
    for _ in range(5):
        with pytest.raises(ProofRejected):
            household.journeys.verify_code(household.call(), ADA, "000000")
    for _ in range(4):
        with pytest.raises(AttemptsExhausted):
            household.journeys.verify_code(household.call(), ADA, "000000")
    assert told(household)[5:] == [("session.signed_in", "ATTEMPTS_EXHAUSTED")]


def test_a_used_link_is_recorded_with_its_challenge_and_a_made_up_one_without(household: Household):
    letter = household.letter(household.register(ADA).notification_id)
    household.journeys.verify_email(household.call(), letter.link)
    for link in (letter.link, LinkToken("A" * 64)):
        with pytest.raises(ProofRejected):
            household.journeys.verify_email(household.call(), link)
    used, made_up = refusals(household)
    assert {used["event"], made_up["event"]} == {"email.verified"}
    assert used["subject_id"] is not None
    assert made_up["subject_id"] is None


def test_who_came_second_with_the_same_code_is_recorded(household: Household):
    household.user(ADA)
    code = household.code(ADA)
    verify: Callable[[], object] = lambda: household.journeys.verify_code(household.call(), ADA, code)  # noqa: E731
    results = all_at_once([verify] * 3)
    assert sum(isinstance(result, ProofRejected) for result in results) == 2
    assert told(household) == [("session.signed_in", "PROOF_INVALID")] * 2


def another(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def ways_to_guess(household: Household) -> dict[str, tuple[Callable[[Call, str], object], str, str]]:
    """How something secret is given, what it is, and what is not."""
    ada, journeys = household.user(ADA), household.journeys
    code, proof = household.code(ADA), household.proof(household.register(NEW).notification_id, NEW)
    return {
        "sign-in": (lambda call, given: journeys.sign_in(call, ADA, given), PASSWORD, WRONG),
        "deletion": (lambda call, given: journeys.delete_account(call, ada.id, given), PASSWORD, WRONG),
        "sign-in by code": (lambda call, given: journeys.verify_code(call, ADA, given), code, another(code)),
        "verification": (
            lambda call, given: journeys.verify_email(call, replace(proof, code=given)),
            proof.code,
            another(proof.code),
        ),
    }


GUESSED = {
    "sign-in": "FROM users",
    "deletion": "FROM users",
    "sign-in by code": COUNTED,
    "verification": COUNTED,
}
"""The statement before which a guess is overtaken."""


@pytest.mark.parametrize("name", GUESSED)
def test_no_guess_hides_behind_the_id_of_a_call_that_is_carried_out_meanwhile(household: Household, name: str):
    give, right, wrong = ways_to_guess(household)[name]
    request_id = new_id()
    called, guessed = (household.call(request_id=request_id, payload=given.encode()) for given in (right, wrong))
    with (
        meanwhile(household.core.database, GUESSED[name], lambda: give(called, right)),
        pytest.raises((CredentialsRejected, ProofRejected)),
    ):
        give(guessed, wrong)
    assert len(told(household)) == 1


def test_a_repeat_that_is_overtaken_takes_no_place_of_a_refusal(household: Household, monkeypatch):
    monkeypatch.setattr("identity_service.calls.refusals.MOST_OF_TENANT", 1)
    household.user(ADA)
    code, call = household.code(ADA), household.call(request_id=new_id())
    verify = household.journeys.verify_code
    with meanwhile(household.core.database, COUNTED, lambda: verify(call, ADA, code)), pytest.raises(RequestIdReused):
        verify(call, ADA, code)
    assert told(household) == []
    with pytest.raises(ProofRejected):
        verify(household.call(), ADA, code)
    assert told(household) == [("session.signed_in", "PROOF_INVALID")]


def test_a_suspended_user_with_the_right_code_is_recorded(household: Household):
    ada = household.user(ADA)
    code = household.code(ADA)
    household.suspend(ada.id)
    with pytest.raises(ProofRejected):
        household.journeys.verify_code(household.call(), ADA, code)
    assert [row["user_id"] for row in refusals(household)] == [ada.id]


def test_wrong_passwords_for_one_address_do_not_fill_the_table(household: Household):
    household.user(ADA)
    for _ in range(MOST_ALIKE + 2):
        with pytest.raises(CredentialsRejected):
            household.journeys.sign_in(household.call(), ADA, WRONG)
    assert told(household) == [("session.signed_in", "CREDENTIALS_INVALID")] * MOST_ALIKE


@pytest.mark.parametrize("token", ["", "A" * 74])
def test_a_refresh_token_that_opens_nothing_is_recorded(household: Household, token: str):
    with pytest.raises(RefreshTokenRejected):
        household.journeys.refresh_session(household.call(), token)
    assert told(household) == [("session.refreshed", "REFRESH_TOKEN_INVALID")]


@pytest.fixture
def limited(sqlite_url: str, tmp_path: Path) -> Iterator[Household]:
    with Household(sqlite_url, tmp_path, IDENTITY_RATE_LIMITS="on") as household:
        yield household


@pytest.mark.parametrize("email", [ADA, NOBODY])
def test_a_used_up_limit_is_recorded_once_for_its_subject(limited: Household, email: str):
    for _ in range(3):
        limited.journeys.request_code(limited.call(), email)
    for _ in range(5):
        with pytest.raises(LimitExceeded):
            limited.journeys.request_code(limited.call(), email)
    assert told(limited) == [("limit.exceeded", "OTP_REQUEST")]


def test_codes_tried_from_one_network_are_limited_whatever_their_address(limited: Household):
    for number in range(60):
        with pytest.raises(ProofRejected):
            limited.journeys.verify_code(limited.call(), f"{number}@example.com", "000000")
    with pytest.raises(LimitExceeded):
        limited.journeys.verify_code(limited.call(), ADA, "000000")
    assert told(limited)[-1] == ("limit.exceeded", "CODE_NETWORK")
