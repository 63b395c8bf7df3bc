"""Listing, checking and revoking sessions."""

from uuid import UUID

import pytest

from identity_service.identity.access_tokens import AccessTokenInvalid
from identity_service.identity.errors import RefreshTokenRejected, SessionNotFound
from identity_service.identity.sessions import SignedIn
from identity_service.identity.users import UserProfile
from identity_service.ids import new_id
from identity_service.storage.rows import Session
from identity_service.storage.tables import audit_events
from tests.services.at_once import all_at_once
from tests.services.household import Household

ADA, BOB = "ada@example.com", "bob@example.com"


@pytest.fixture
def ada(household: Household) -> UserProfile:
    return household.user(ADA)


def listed(household: Household, user_id: UUID, with_ended: bool = False, **page: object) -> list[Session]:
    given = {"before": None, "size": 100} | page
    return household.journeys.sessions.page("default", user_id, with_ended=with_ended, **given)  # type: ignore[arg-type]


def session_of(household: Household, signed_in: SignedIn) -> UUID:
    return household.journeys.verify_access_token("default", signed_in.tokens.access_token).session.id


def test_the_newest_session_is_listed_first(household: Household, ada: UserProfile):
    opened = [session_of(household, household.sign_in(ADA)) for _ in range(3)]
    assert [session.id for session in listed(household, ada.id)] == opened[::-1]


def test_pages_follow_one_another_without_gap_or_repetition(household: Household, ada: UserProfile):
    opened = [session_of(household, household.sign_in(ADA)) for _ in range(4)]
    first = listed(household, ada.id, size=1)
    household.sign_in(ADA)  # what comes meanwhile disturbs no later page
    second = listed(household, ada.id, size=2, before=first[-1].id)
    third = listed(household, ada.id, size=2, before=second[-1].id)
    assert [session.id for session in (*first, *second, *third)] == opened[::-1]


def test_only_the_users_own_sessions_are_listed(household: Household, ada: UserProfile):
    bob = household.user(BOB)
    household.sign_in(BOB)
    assert listed(household, ada.id) == []
    assert len(listed(household, bob.id)) == 1
    assert household.journeys.sessions.page("other", bob.id, with_ended=True, before=None, size=9) == []


def test_sessions_that_are_over_are_listed_on_request(household: Household, ada: UserProfile):
    ended = session_of(household, household.sign_in(ADA))
    household.journeys.sessions.revoke(household.call(), ada.id, ended)
    living = session_of(household, household.sign_in(ADA))
    assert [session.id for session in listed(household, ada.id)] == [living]
    assert [session.id for session in listed(household, ada.id, with_ended=True)] == [living, ended]


def test_a_session_ends_thirty_days_after_its_last_refresh(household: Household, ada: UserProfile):
    household.clock.stand()
    tokens = household.sign_in(ADA).tokens
    household.clock.turn(days=29)
    tokens = household.journeys.refresh_session(household.call(), tokens.refresh_token)
    household.clock.stand_at(tokens.refresh_expires_at)
    assert (household.clock() - listed(household, ada.id, with_ended=True)[0].created_at).days == 59
    assert listed(household, ada.id) == []
    with pytest.raises(RefreshTokenRejected):
        household.journeys.refresh_session(household.call(), tokens.refresh_token)
    household.clock.turn(microseconds=-1)
    assert household.journeys.refresh_session(household.call(), tokens.refresh_token)


def test_no_session_lasts_longer_than_a_year_however_often_it_is_refreshed(household: Household, ada: UserProfile):
    opened_at = household.clock.stand()
    tokens = household.sign_in(ADA).tokens
    for _ in range(18):
        household.clock.turn(days=20)
        tokens = household.journeys.refresh_session(household.call(), tokens.refresh_token)
    assert (tokens.refresh_expires_at - opened_at).days == 365
    household.clock.stand_at(tokens.refresh_expires_at)
    with pytest.raises(RefreshTokenRejected):
        household.journeys.refresh_session(household.call(), tokens.refresh_token)


def test_a_revoked_session_accepts_neither_of_its_tokens(household: Household, ada: UserProfile):
    signed_in = household.sign_in(ADA)
    session = household.journeys.sessions.revoke(household.call(), ada.id, session_of(household, signed_in))
    assert (session.revoked_at is not None, session.revoke_reason) == (True, "requested")
    with pytest.raises(AccessTokenInvalid):
        household.journeys.verify_access_token("default", signed_in.tokens.access_token)
    with pytest.raises(RefreshTokenRejected):
        household.journeys.refresh_session(household.call(), signed_in.tokens.refresh_token)


def test_revoking_twice_changes_and_audits_nothing_more(household: Household, ada: UserProfile):
    session_id = session_of(household, household.sign_in(ADA))
    first = household.journeys.sessions.revoke(household.call(), ada.id, session_id)
    household.clock.turn(minutes=1)
    assert household.journeys.sessions.revoke(household.call(), ada.id, session_id) == first
    events = [row for row in household.rows(audit_events) if row["event"] == "session.revoked"]
    assert [(row["user_id"], row["subject_id"]) for row in events] == [(ada.id, session_id)]


def test_revoking_at_once_is_audited_once(household: Household, ada: UserProfile):
    session_id = session_of(household, household.sign_in(ADA))
    ended = all_at_once([lambda: household.journeys.sessions.revoke(household.call(), ada.id, session_id)] * 4)
    assert {type(one) for one in ended} == {Session}
    assert len([row for row in household.rows(audit_events) if row["event"] == "session.revoked"]) == 1


def test_a_session_of_somebody_else_is_not_found_and_stays(household: Household, ada: UserProfile):
    bob, bobs = household.user(BOB), household.sign_in(BOB)
    with pytest.raises(SessionNotFound):
        household.journeys.sessions.revoke(household.call(), ada.id, session_of(household, bobs))
    assert len(listed(household, bob.id)) == 1
    with pytest.raises(SessionNotFound):
        household.journeys.sessions.revoke(household.call(), ada.id, new_id())


def test_a_session_is_not_found_from_another_tenant(household: Household, ada: UserProfile):
    session_id = session_of(household, household.sign_in(ADA))
    with pytest.raises(SessionNotFound):
        household.journeys.sessions.revoke(household.call(tenant="other"), ada.id, session_id)
    assert len(listed(household, ada.id)) == 1


def test_all_sessions_of_a_user_are_revoked_but_one(household: Household, ada: UserProfile):
    household.user(BOB)
    bobs = household.sign_in(BOB)
    kept, *_others = [session_of(household, household.sign_in(ADA)) for _ in range(3)]
    assert household.journeys.sessions.revoke_all(household.call(), ada.id, keep=kept) == 2
    assert [session.id for session in listed(household, ada.id)] == [kept]
    assert household.journeys.sessions.revoke_all(household.call(), ada.id, keep=None) == 1
    assert household.journeys.sessions.revoke_all(household.call(), ada.id, keep=None) == 0
    assert session_of(household, bobs)


def test_an_access_token_of_another_tenant_is_invalid(household: Household, ada: UserProfile):
    token = household.sign_in(ADA).tokens.access_token
    household.add_tenant("other")
    with pytest.raises(AccessTokenInvalid):
        household.journeys.verify_access_token("other", token)


def test_a_refresh_token_of_another_tenant_is_refused_and_ends_nothing(household: Household, ada: UserProfile):
    token = household.sign_in(ADA).tokens.refresh_token
    household.add_tenant("other")
    with pytest.raises(RefreshTokenRejected):
        household.journeys.refresh_session(household.call(tenant="other"), token)
    assert household.journeys.refresh_session(household.call(), token)


def test_an_access_token_lives_fifteen_minutes(household: Household, ada: UserProfile):
    household.clock.stand()
    tokens = household.sign_in(ADA).tokens
    household.clock.stand_at(tokens.access_expires_at)
    with pytest.raises(AccessTokenInvalid):
        household.journeys.verify_access_token("default", tokens.access_token)
    household.clock.turn(microseconds=-1)
    assert household.journeys.verify_access_token("default", tokens.access_token)
