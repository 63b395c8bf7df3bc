"""Codes and links as operators see them: whose they are, and how far; never what they say."""

from datetime import timedelta
from typing import Any

import pytest
from identity.v1 import challenge_service_pb2 as pb

from identity_service.identity.challenge_list import ChallengeState, ListedChallenge, state_of
from identity_service.identity.challenge_secrets import Purpose
from identity_service.identity.errors import ProofRejected
from identity_service.ids import new_id
from identity_service.storage.tables import challenges
from tests.services.household import Household
from tests.services.served import served

ADA, BOB = "ada@example.com", "bob@example.com"


def listed(household: Household, **wanted: Any) -> list[ListedChallenge]:
    given = {"before": None, "size": 100} | wanted
    return household.journeys.challenge_list.page("default", **given)


def purposes(found: list[ListedChallenge]) -> list[str]:
    return [one.challenge.purpose for one in found]


def test_the_newest_challenge_is_listed_first_and_pages_do_not_overlap(household: Household):
    for number in range(5):
        household.journeys.request_code(household.call(), f"{number}@example.com")
    first = listed(household, size=2)
    household.journeys.request_code(household.call(), ADA)
    rest = listed(household, before=first[-1].id)
    assert [one.challenge.address_key[0] for one in (*first, *rest)] == ["4", "3", "2", "1", "0"]


@pytest.mark.parametrize("wanted", [{}, {"state": ChallengeState.VALID}, {"email": ADA}], ids=str)
def test_pages_of_several_purposes_are_sorted_as_one(household: Household, wanted: dict[str, Any]):
    for _ in range(2):
        household.register(ADA)
        household.journeys.request_code(household.call(), ADA)
    everything = listed(household, **wanted)
    assert purposes(everything) == ["sign_in", "verify_email"] * 2
    assert listed(household, size=3, **wanted) == everything[:3]
    assert listed(household, before=everything[1].id, **wanted) == everything[2:]


def test_a_challenge_is_valid_until_it_is_used_or_expires(household: Household):
    household.user(ADA)  # uses up the one that verified the address
    household.code(ADA)
    moment = household.clock.stand()

    def states() -> dict[str, str]:
        return {one.challenge.purpose: state_of(one.challenge, household.clock()) for one in listed(household)}

    assert states() == {"sign_in": "valid", "verify_email": "used"}
    for state, purpose in (("valid", "sign_in"), ("used", "verify_email")):
        assert purposes(listed(household, state=ChallengeState(state))) == [purpose]
    assert listed(household, state=ChallengeState.EXPIRED) == []
    expires_at = listed(household)[0].challenge.expires_at
    household.clock.stand_at(expires_at - timedelta(microseconds=1))
    assert states()["sign_in"] == "valid"
    household.clock.stand_at(expires_at)
    assert states()["sign_in"] == "expired"
    assert purposes(listed(household, state=ChallengeState.EXPIRED)) == ["sign_in"]
    assert listed(household, state=ChallengeState.VALID) == []
    assert moment < expires_at


def test_challenges_are_found_by_what_they_are_for_and_by_address(household: Household):
    household.register(ADA)
    household.journeys.request_code(household.call(), ADA)
    household.journeys.request_code(household.call(), BOB)
    assert purposes(listed(household, purpose=Purpose.VERIFY_EMAIL)) == ["verify_email"]
    assert [one.challenge.address_key for one in listed(household, purpose=Purpose.SIGN_IN)] == [BOB, ADA]
    assert purposes(listed(household, email="ADA@Example.com")) == ["sign_in", "verify_email"]
    assert purposes(listed(household, email=ADA, purpose=Purpose.SIGN_IN)) == ["sign_in"]
    assert listed(household, email=ADA, state=ChallengeState.USED) == []
    assert listed(household, email="carol@example.com") == listed(household, purpose=Purpose.INVITATION) == []


def test_a_users_challenges_are_found_also_those_from_before_there_was_one(household: Household):
    household.journeys.request_code(household.call(), ADA)
    ada = household.user(ADA)
    household.journeys.request_code(household.call(), ADA)
    household.user(BOB)
    assert purposes(listed(household, user_id=ada.id)) == ["sign_in", "verify_email"]
    assert listed(household, user_id=ada.id, email=BOB) == []
    assert listed(household, user_id=new_id()) == []


def test_another_tenant_sees_none(household: Household):
    ada = household.user(ADA)
    household.add_tenant("other")
    for wanted in ({}, {"email": ADA}, {"user_id": ada.id}, {"state": ChallengeState.USED}):
        assert household.journeys.challenge_list.page("other", before=None, size=9, **wanted) == []  # type: ignore[arg-type]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def test_tried_codes_are_counted_by_address_and_forgotten_with_their_window(household: Household):
    household.user(ADA)
    code = household.code(ADA)
    for _ in range(2):
        with pytest.raises(ProofRejected):
            household.journeys.verify_code(household.call(), ADA, wrong(code))
    household.code(ADA)
    sign_in = listed(household, purpose=Purpose.SIGN_IN)
    assert [one.attempts for one in sign_in] == [2, 2]
    assert [one.attempts for one in listed(household, purpose=Purpose.VERIFY_EMAIL)] == [0]
    assert sign_in[0].window_ends_at is not None
    household.clock.stand_at(sign_in[0].window_ends_at)
    assert [(one.attempts, one.window_ends_at) for one in listed(household, purpose=Purpose.SIGN_IN)] == [(0, None)] * 2


def test_operators_see_decoys_and_the_time_that_is_left_but_nothing_secret(household: Household):
    household.user(ADA)
    code = household.code(ADA)
    household.journeys.request_code(household.call(), "nobody@example.com")
    moment = household.clock.stand()
    with served(household) as client:
        answer = client.challenges.ListChallenges(pb.ListChallengesRequest(purpose="CHALLENGE_PURPOSE_SIGN_IN"))
    decoy, real = answer.challenges
    assert (decoy.email, decoy.decoy, decoy.user_id) == ("nobody@example.com", True, "")
    assert (real.email, real.decoy, real.max_attempts, real.attempt_count) == (ADA, False, 5, 0)
    row = next(row for row in household.rows(challenges) if str(row["id"]) == real.challenge_id)
    assert real.remaining_time.ToTimedelta() == row["expires_at"] - moment
    assert code not in str(answer)
    assert row["key_id"] not in str(answer)


def test_a_page_leads_to_the_next_over_the_wire(household: Household):
    for number in range(3):
        household.journeys.request_code(household.call(), f"{number}@example.com")
    with served(household) as client:
        request = pb.ListChallengesRequest(page_size=2, state="CHALLENGE_STATE_VALID")
        first = client.challenges.ListChallenges(request)
        request.page_token = first.next_page_token
        second = client.challenges.ListChallenges(request)
    assert [len(first.challenges), len(second.challenges), second.next_page_token] == [2, 1, ""]
