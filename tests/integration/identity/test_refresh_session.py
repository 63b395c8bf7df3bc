"""Refreshing: each refresh token is accepted once, and a stolen one gives itself away."""

from datetime import timedelta
from uuid import UUID

import pytest

from identity_service.identity import refresh_tokens
from identity_service.identity.access_tokens import AccessTokenInvalid
from identity_service.identity.errors import RefreshTokenRejected
from identity_service.identity.sessions import Tokens
from identity_service.ids import new_id
from identity_service.secret_keys import KeyRing
from identity_service.storage.tables import audit_events, sessions
from tests.services.at_once import all_at_once, meanwhile
from tests.services.household import Household

OTHER_KEY = "k0:VGhpcyBpcyBub3QgdGhlIGtleSBvZiB0aGUgaG91c2Vob2xkIQ"


@pytest.fixture
def tokens(household: Household) -> Tokens:
    """Those of a session that has just been opened, while the clock stands."""
    household.user()
    household.clock.stand()
    return household.sign_in().tokens


def refresh(household: Household, token: str) -> Tokens:
    return household.journeys.refresh_session(household.call(), token)


def refused(household: Household, token: str) -> None:
    with pytest.raises(RefreshTokenRejected):
        refresh(household, token)


def is_alive(household: Household) -> bool:
    (session,) = household.rows(sessions)
    return session["revoked_at"] is None


def generation_of(token: str) -> refresh_tokens.SessionGeneration:
    found = refresh_tokens.parse(token)
    assert found is not None
    return found


def test_a_refresh_gives_new_tokens_of_the_same_session(household: Household, tokens: Tokens):
    refreshed = refresh(household, tokens.refresh_token)
    assert refreshed.refresh_token != tokens.refresh_token
    assert generation_of(refreshed.refresh_token) == (generation_of(tokens.refresh_token).session_id, 1)
    assert household.journeys.verify_access_token("default", refreshed.access_token)


def test_every_successor_is_accepted_once_more(household: Household, tokens: Tokens):
    for _ in range(4):
        tokens = refresh(household, tokens.refresh_token)
        household.clock.turn(days=20)
    assert generation_of(tokens.refresh_token).generation == 4


def test_only_the_hash_of_the_newest_token_is_kept(household: Household, tokens: Tokens):
    newest = refresh(household, tokens.refresh_token)
    (session,) = household.rows(sessions)
    assert session["refresh_fingerprint"] == refresh_tokens.fingerprint(newest.refresh_token)


def test_concurrent_refreshes_get_the_same_refresh_token(household: Household, tokens: Tokens):
    ended = all_at_once([lambda: refresh(household, tokens.refresh_token)] * 6)
    assert {type(one) for one in ended} == {Tokens}
    assert len({one.refresh_token for one in ended if isinstance(one, Tokens)}) == 1
    assert is_alive(household)
    (session,) = household.rows(sessions)
    assert session["generation"] == 1


def test_a_refresh_is_audited_once_however_often_it_is_repeated(household: Household, tokens: Tokens):
    for _ in range(3):
        refresh(household, tokens.refresh_token)
    events = [row for row in household.rows(audit_events) if row["event"] == "session.refreshed"]
    assert len(events) == 1


def test_the_previous_token_is_answered_until_ten_seconds_have_passed(household: Household, tokens: Tokens):
    refreshed, rotated = refresh(household, tokens.refresh_token), household.clock()
    household.clock.stand_at(rotated + timedelta(seconds=10, microseconds=-1))
    assert refresh(household, tokens.refresh_token).refresh_token == refreshed.refresh_token
    assert is_alive(household)


def test_the_previous_token_ends_the_session_from_ten_seconds_on(household: Household, tokens: Tokens):
    refreshed, rotated = refresh(household, tokens.refresh_token), household.clock()
    household.clock.stand_at(rotated + timedelta(seconds=10))
    refused(household, tokens.refresh_token)
    refused(household, refreshed.refresh_token)
    with pytest.raises(AccessTokenInvalid):
        household.journeys.verify_access_token("default", refreshed.access_token)


def test_repeats_within_the_grace_do_not_prolong_it(household: Household, tokens: Tokens):
    refresh(household, tokens.refresh_token)
    for _ in range(3):
        household.clock.turn(seconds=3)
        refresh(household, tokens.refresh_token)
    household.clock.turn(seconds=1)
    refused(household, tokens.refresh_token)


def test_the_newest_token_never_ends_the_session(household: Household, tokens: Tokens):
    """Not even when the grace ends between two looks at it."""
    newest = refresh(household, tokens.refresh_token)
    with meanwhile(household.core.database, "SELECT sessions", lambda: household.clock.turn(seconds=10)):
        assert refresh(household, newest.refresh_token).refresh_token == newest.refresh_token
    assert is_alive(household)


def test_a_reuse_is_audited_with_its_reason_and_who_did_it(household: Household, tokens: Tokens):
    refresh(household, tokens.refresh_token)
    household.clock.turn(seconds=11)
    with pytest.raises(RefreshTokenRejected):
        household.journeys.refresh_session(household.call(ip="203.0.113.66"), tokens.refresh_token)
    (event,) = [row for row in household.rows(audit_events) if row["event"] == "session.refresh_token_reused"]
    (session,) = household.rows(sessions)
    assert (event["outcome"], event["ip_address"]) == ("refused", "203.0.113.66")
    assert (event["subject_id"], event["user_id"]) == (session["id"], session["user_id"])
    assert session["revoke_reason"] == "refresh_token_reused"


def test_reuses_at_once_end_the_session_once(household: Household, tokens: Tokens):
    refresh(household, tokens.refresh_token)
    household.clock.turn(seconds=11)
    all_at_once([lambda: refused(household, tokens.refresh_token)] * 6)
    events = [row["event"] for row in household.rows(audit_events)]
    assert events.count("session.refresh_token_reused") == 1


def test_a_reuse_ends_only_its_own_session(household: Household, tokens: Tokens):
    other = household.sign_in().tokens
    refresh(household, tokens.refresh_token)
    household.clock.turn(seconds=11)
    refused(household, tokens.refresh_token)
    assert refresh(household, other.refresh_token)


def test_a_token_two_generations_old_ends_the_session_at_once(household: Household, tokens: Tokens):
    second = refresh(household, tokens.refresh_token)
    household.clock.turn(seconds=10)
    refresh(household, second.refresh_token)
    refused(household, tokens.refresh_token)
    assert not is_alive(household)


def test_a_client_that_refreshes_anew_takes_no_grace_from_one_that_is_late(household: Household, tokens: Tokens):
    """Three uses of two tokens within the grace: one client is done, and again, before the other has begun."""
    second = refresh(household, tokens.refresh_token)
    third = refresh(household, second.refresh_token)
    household.clock.turn(seconds=9)
    late = refresh(household, tokens.refresh_token)
    assert is_alive(household)
    assert {second.refresh_token, third.refresh_token} == {late.refresh_token}
    household.clock.turn(seconds=1)
    assert refresh(household, late.refresh_token).refresh_token != late.refresh_token


@pytest.mark.parametrize("generation", [0, 1, 2, 2**31 - 2, 2**31 - 1, 2**32 - 1])
def test_a_forged_token_is_refused_and_ends_nothing(household: Household, tokens: Tokens, generation: int):
    """Knowing the session's id is not enough, whichever generation the forger chooses."""
    refreshed = refresh(household, tokens.refresh_token)
    household.clock.turn(seconds=11)
    refused(household, forged(generation_of(tokens.refresh_token).session_id, generation))
    assert is_alive(household)
    assert refresh(household, refreshed.refresh_token)


def test_a_token_of_a_generation_yet_to_come_is_refused_and_ends_nothing(household: Household, tokens: Tokens):
    session_id = generation_of(tokens.refresh_token).session_id
    ring = household.core.key_ring
    refused(household, refresh_tokens.refresh_token(ring, ring.active.id, session_id, 5))
    assert is_alive(household)


@pytest.mark.parametrize("text", ["", "x", "A" * 70, "A" * 71, "ä" * 70, "\x00" * 70])
def test_what_is_no_token_is_refused(household: Household, text: str):
    refused(household, text)


def test_a_token_of_no_session_is_refused(household: Household, tokens: Tokens):
    ring = household.core.key_ring
    refused(household, refresh_tokens.refresh_token(ring, ring.active.id, new_id(), 0))
    assert is_alive(household)


def test_a_token_of_a_session_that_is_over_stays_refused(household: Household, tokens: Tokens):
    household.clock.stand_at(tokens.refresh_expires_at)
    refused(household, tokens.refresh_token)
    assert is_alive(household)


def test_refreshing_and_revoking_at_once_leaves_no_living_session(household: Household, tokens: Tokens):
    (session,) = household.rows(sessions)
    ended = all_at_once(
        [
            lambda: refresh(household, tokens.refresh_token),
            lambda: household.journeys.sessions.revoke(household.call(), session["user_id"], session["id"]),
        ]
    )
    assert not is_alive(household)
    assert not [one for one in ended if isinstance(one, Exception) and not isinstance(one, RefreshTokenRejected)]


def forged(session_id: UUID, generation: int) -> str:
    ring = KeyRing.parse(OTHER_KEY)
    return refresh_tokens.refresh_token(ring, "k0", session_id, generation)
