"""Signing in with a password: a wrong one and an unknown address are one answer, after the same work."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from identity_service.errors import InvalidInput, LimitExceeded
from identity_service.identity.errors import CredentialsRejected
from identity_service.identity.passwords import Place, hashing
from identity_service.identity.passwords.schemes.argon2_hashes import Argon2Hash
from identity_service.identity.sessions import SignInMethod
from identity_service.storage.tables import audit_events, sessions
from tests.services.household import PASSWORD, QUICK_HASH, Household
from tests.services.statements import Statements, counted

ADA, NOBODY = "ada@example.com", "nobody@example.com"
WIDE = 0xFEE0  # from a letter to its full-width form


@pytest.fixture
def ada(household: Household) -> Household:
    """A household where ada@example.com has a user."""
    household.user("Ada@example.com")
    return household


@pytest.fixture
def limited(database_url: str, tmp_path: Path) -> Iterator[Household]:
    """A household whose rate limits are on, where ada@example.com has a user."""
    with Household(database_url, tmp_path, IDENTITY_RATE_LIMITS="on") as household:
        household.user(ADA)
        yield household


def refused(household: Household, email: str, password: str = "wrong-quilt-ember-42") -> tuple[object, ...]:
    with pytest.raises(CredentialsRejected) as refusal:
        household.journeys.sign_in(household.call(), email, password)
    return type(refusal.value), refusal.value.reason, refusal.value.message


def test_the_right_password_opens_a_session(ada: Household):
    signed_in = ada.journeys.sign_in(ada.call(ip="203.0.113.5", agent="phone"), "ADA@example.com", PASSWORD)
    session = ada.journeys.verify_access_token("default", signed_in.tokens.access_token).session
    assert (session.user_id, session.method) == (signed_in.user.id, SignInMethod.PASSWORD)
    assert (session.ip_address, session.user_agent) == ("203.0.113.5", "phone")


def test_the_same_password_typed_on_another_keyboard_is_the_same(household: Household):
    household.user(password="".join(chr(ord(letter) + WIDE) for letter in PASSWORD))
    assert household.journeys.sign_in(household.call(), ADA, PASSWORD)


def test_wrong_unknown_suspended_and_unproved_are_answered_alike(ada: Household):
    ada.register("unproved@example.com")
    ada.suspend(ada.user("suspended@example.com").id)
    answers = {
        refused(ada, ADA),
        refused(ada, NOBODY, PASSWORD),
        refused(ada, "suspended@example.com", PASSWORD),
        refused(ada, "unproved@example.com", PASSWORD),
    }
    assert len(answers) == 1
    assert ada.rows(sessions) == []


def test_every_refusal_costs_one_password_hash(ada: Household, monkeypatch: pytest.MonkeyPatch):
    hashed: list[str] = []
    really = hashing._matches

    def seen(kept: Argon2Hash, password: str) -> bool:
        hashed.append(kept.encoded.decode().rpartition("$")[0].rpartition("$")[0])
        return really(kept, password)

    monkeypatch.setattr(hashing, "_matches", seen)
    ada.suspend(ada.user("suspended@example.com").id)
    for email in (ADA, NOBODY, "suspended@example.com"):
        refused(ada, email)
    assert hashed == [QUICK_HASH.rstrip("$")] * 3


def test_refusals_run_the_same_statements(ada: Household):
    assert _refusal(ada, ADA).texts == _refusal(ada, NOBODY).texts


def test_a_refusal_is_audited_with_its_reason(ada: Household):
    refused(ada, ADA)
    refused(ada, NOBODY)
    events = [row for row in ada.rows(audit_events) if row["event"] == "session.signed_in"]
    assert [(row["outcome"], row["reason"]) for row in events] == [("refused", "CREDENTIALS_INVALID")] * 2
    assert {row["user_id"] is None for row in events} == {True, False}


def test_a_user_of_another_tenant_is_unknown(ada: Household):
    ada.add_tenant("other")
    with pytest.raises(CredentialsRejected):
        ada.journeys.sign_in(ada.call(tenant="other"), ADA, PASSWORD)


def test_what_is_no_address_names_its_field(ada: Household):
    with pytest.raises(InvalidInput) as refusal:
        ada.journeys.sign_in(ada.call(), "not an address", PASSWORD)
    assert [violation.field for violation in refusal.value.fields] == ["email"]


@pytest.mark.parametrize("email", [ADA, NOBODY])
def test_ten_tries_from_one_network_are_the_limit(limited: Household, email: str):
    for _ in range(10):
        refused(limited, email)
    with pytest.raises(LimitExceeded) as refusal:
        limited.journeys.sign_in(limited.call(), email, PASSWORD)
    assert 0 < refusal.value.retry_after.total_seconds() <= 15 * 60


def test_somebody_elses_tries_do_not_lock_the_owner_out(limited: Household):
    for _ in range(10):
        with pytest.raises(CredentialsRejected):
            limited.journeys.sign_in(limited.call(ip="198.51.100.66"), ADA, "wrong-quilt-ember-42")
    with pytest.raises(LimitExceeded):
        limited.journeys.sign_in(limited.call(ip="198.51.100.66"), ADA, PASSWORD)
    assert limited.journeys.sign_in(limited.call(ip="203.0.113.5"), ADA, PASSWORD)


def test_a_limited_try_costs_neither_statement_nor_hash(limited: Household, monkeypatch: pytest.MonkeyPatch):
    for _ in range(10):
        refused(limited, NOBODY)
    with pytest.raises(LimitExceeded):  # and this one is recorded
        limited.journeys.sign_in(limited.call(), NOBODY, PASSWORD)
    monkeypatch.setattr(Place, "verify", None)
    with counted(limited.core.database) as statements, pytest.raises(LimitExceeded):
        limited.journeys.sign_in(limited.call(), NOBODY, PASSWORD)
    assert statements.texts == []


def _refusal(household: Household, email: str) -> Statements:
    with counted(household.core.database) as statements:
        refused(household, email)
    return statements
