"""Callers that are refused: told alike, limited, and recorded within bounds."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import grpc
import pytest
from identity.v1.session_service_pb2 import GetJsonWebKeySetRequest, ListSessionsRequest
from identity.v1.session_service_pb2_grpc import SessionServiceStub

from identity_service.calls.refusals import MOST_ALIKE
from identity_service.ids import new_id
from identity_service.rpc.refused_callers import peer_address
from identity_service.storage.tables import audit_events
from identity_service.tenants.key_text import new_key
from tests.services.front import Front
from tests.services.household import Household
from tests.services.service import reason
from tests.services.statements import counted


@pytest.fixture
def strict(database_url: str, tmp_path: Path) -> Iterator[Front]:
    """A front that grants three refusals a minute."""
    limits = {"IDENTITY_RATE_LIMITS": "on", "IDENTITY_LIMIT_CALLER_REFUSED": "3/1m"}
    household = Household(database_url, tmp_path, IDENTITY_GRPC_ADDRESS="127.0.0.1:0", **limits)
    with Front(household) as front:
        yield front
    household.close()


def outcome(front: Front, key: str) -> str:
    """The reason for which a call with this key is refused; empty if it is not."""
    try:
        SessionServiceStub(front.channel(key)).GetJsonWebKeySet(GetJsonWebKeySetRequest(), timeout=10)
    except grpc.RpcError as error:
        return reason(error)
    return ""


def test_all_refusals_of_keys_are_one_answer(front: Front):
    clock = front.household.clock
    expired, revoked = front.new_key(expires_at=clock.stand() + timedelta(seconds=1)), front.new_key()
    clock.turn(seconds=1)
    front.household.journeys.api_keys.revoke(front.household.call(), revoked.row.id)
    statuses = set()
    for key in ("", "nonsense", new_key(), new_key()[:-1] + "0", expired.text, revoked.text):
        with pytest.raises(grpc.RpcError) as refused:
            SessionServiceStub(front.channel(key)).GetJsonWebKeySet(GetJsonWebKeySetRequest(), timeout=10)
        trailers = {pair for pair in refused.value.trailing_metadata() if pair[0] != "x-request-id"}
        statuses.add((refused.value.code(), refused.value.details(), str(sorted(trailers))))
    assert len(statuses) == 1


def test_every_key_that_is_refused_costs_the_same(front: Front):
    clock, journeys = front.household.clock, front.household.journeys
    expired, revoked = front.new_key(expires_at=clock.stand() + timedelta(seconds=1)), front.new_key()
    clock.turn(seconds=1)
    journeys.api_keys.revoke(front.household.call(), revoked.row.id)
    costs = []
    for key in (new_key(), expired.text, revoked.text):
        with counted(front.household.core.database) as statements:
            holder = journeys.key_directory.holder(key)
        assert holder is None or holder.is_over(clock())
        costs.append([text for text in statements.texts if "api_keys" in text])
    assert [len(each) for each in costs] == [1, 1, 1]
    assert costs[0] == costs[1] == costs[2]


def test_who_is_refused_too_often_is_told_to_wait_and_right_keys_still_get_in(strict: Front):
    right = strict.new_key().text
    assert [outcome(strict, new_key()) for _ in range(4)] == [*["CALLER_UNAUTHENTICATED"] * 3, "RATE_LIMITED"]
    assert outcome(strict, right) == ""


def test_calls_without_the_scope_count_by_their_key(strict: Front):
    weak = [strict.new_key("keys:read").text for _ in range(2)]
    assert [outcome(strict, weak[0]) for _ in range(4)] == [*["SCOPE_MISSING"] * 3, "RATE_LIMITED"]
    assert outcome(strict, weak[1]) == "SCOPE_MISSING"


def test_refusals_are_recorded_but_an_attack_does_not_fill_the_trail(front: Front):
    for _ in range(MOST_ALIKE + 5):
        outcome(front, new_key())
    events = front.household.rows(audit_events)
    refused = [event for event in events if event["event"] == "caller.refused"]
    assert len(refused) == MOST_ALIKE
    assert {(event["outcome"], event["reason"], event["ip_address"]) for event in refused} == {
        ("refused", "CALLER_UNAUTHENTICATED", "127.0.0.1")
    }


def test_a_key_that_lacks_a_scope_is_recorded_by_its_name_in_its_own_tenant(front: Front):
    front.household.add_tenant("acme")
    weak = front.new_key("keys:read", tenant="acme", name="report")
    with pytest.raises(grpc.RpcError, match="the scope sessions:read"):
        SessionServiceStub(front.channel(weak.text)).ListSessions(
            ListSessionsRequest(user_id=str(new_id())), timeout=10
        )
    [event] = [row for row in front.household.rows(audit_events) if row["event"] == "caller.refused"]
    assert (event["tenant_id"], event["reason"], event["subject_id"]) == ("acme", "SCOPE_MISSING", weak.row.id)
    assert event["actor"] == f"report/{weak.row.id}"


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        ("ipv4:192.0.2.1:53412", "192.0.2.1"),
        ("ipv6:%5B2001:db8::1%5D:53412", "2001:db8::1"),
        ("ipv6:[fe80::1%25eth0]:53412", "fe80::1"),
        ("unix:/run/identity.sock", ""),
        ("unix:", ""),
        ("", ""),
    ],
)
def test_a_peer_is_known_by_its_address(peer: str, address: str):
    assert peer_address(peer) == address
