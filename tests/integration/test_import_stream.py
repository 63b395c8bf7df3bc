"""ImportUsers as its clients meet it: chunks go up, progress comes down."""

import threading
from collections.abc import Iterator

import grpc
import pytest
from identity.v1 import user_service_pb2 as pb
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from identity_service.errors import Unauthenticated
from identity_service.rpc import patience
from identity_service.rpc.callers import Caller
from identity_service.storage.tables import users
from tests.rpc.fakes import reason_of, violations_of
from tests.services.household import Household
from tests.services.served import served
from tests.services.service import Client
from tests.services.waiting import eventually


@pytest.fixture
def client(household: Household) -> Iterator[Client]:
    with served(household) as client:
        yield client


def person(number: int, **given: object) -> pb.ImportedUser:
    return pb.ImportedUser(**{"email": f"{number}@example.com", "email_verified": True} | given)  # type: ignore[arg-type]


def chunk(*people: pb.ImportedUser) -> pb.ImportUsersRequest:
    return pb.ImportUsersRequest(users=people)


def test_each_chunk_is_answered_with_the_progress_so_far(household: Household, client: Client):
    sent = [chunk(*map(person, range(3))), chunk(person(3), person(1), person(4, email="nobody"))]
    first, second = client.users.ImportUsers(iter(sent), timeout=20)
    assert (first.read_count, first.imported_count, first.refused_count) == (3, 3, 0)
    assert (second.read_count, second.imported_count, second.refused_count) == (6, 4, 2)
    rows = {row["address_key"]: str(row["id"]) for row in household.rows(users)}
    assert list(first.user_ids) == [rows[f"{number}@example.com"] for number in range(3)]
    assert list(second.user_ids) == [rows["3@example.com"], rows["1@example.com"], ""]
    found = [(refusal.row, refusal.field, refusal.reason) for refusal in second.refusals]
    assert found == [(4, "email", "EMAIL_TAKEN"), (5, "email", "INVALID_INPUT")]


def test_a_chunk_is_committed_before_the_next_is_sent(household: Household, client: Client):
    go_on = threading.Event()

    def chunks() -> Iterator[pb.ImportUsersRequest]:
        yield chunk(person(0))
        go_on.wait(20)

    answers = client.users.ImportUsers(chunks(), timeout=20)
    assert next(answers).imported_count == 1
    assert len(household.rows(users)) == 1
    go_on.set()
    assert list(answers) == []


WRONG = {
    "email": {"email": "a" * 400 + "@example.com"},
    "given_name": {"given_name": "Ada\nBcc: eve@example.com"},
    "family_name": {"family_name": "x" * 101},
    "user_type": {"user_type": "<b>"},
    "locale": {"locale": "not a locale"},
    "password_hash": {"password_hash": "x" * 513},
    "external_reference": {"external_reference": "\x00"},
    "create_time": {"create_time": {"seconds": 253370764799}},
}


@pytest.mark.parametrize("field", WRONG)
def test_a_user_who_breaks_a_rule_of_the_contract_is_refused_alone(household: Household, client: Client, field: str):
    (answer,) = client.users.ImportUsers(iter([chunk(person(0, **WRONG[field]), person(1))]), timeout=20)
    assert [(refusal.row, refusal.field, refusal.reason) for refusal in answer.refusals] == [
        (0, field, "INVALID_INPUT")
    ]
    assert "x" * 50 not in answer.refusals[0].description
    assert [row["address_key"] for row in household.rows(users)] == ["1@example.com"]


@pytest.mark.parametrize("wrong", [chunk(), chunk(*map(person, range(501)))], ids=["empty", "too many"])
def test_a_chunk_that_breaks_a_rule_ends_the_call_and_leaves_what_was_answered(
    household: Household, client: Client, wrong: pb.ImportUsersRequest
):
    answers = client.users.ImportUsers(iter([chunk(person(1000)), wrong]), timeout=20)
    assert next(answers).imported_count == 1
    with pytest.raises(grpc.RpcError) as refused:
        next(answers)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert list(violations_of(refused.value)) == ["users"]
    assert len(household.rows(users)) == 1


def test_a_chunk_that_is_no_message_ends_the_call(client: Client):
    raw = client.channel.stream_stream("/identity.v1.UserService/ImportUsers")
    with pytest.raises(grpc.RpcError) as refused:
        list(raw(iter([b"\xff\xff"]), timeout=20))
    assert (refused.value.code(), reason_of(refused.value)) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_INPUT")


def test_a_stream_without_chunks_imports_nobody(client: Client):
    assert list(client.users.ImportUsers(iter([]), timeout=20)) == []


def test_a_client_that_goes_away_is_no_failure_of_the_service(household: Household):
    registry, gone = CollectorRegistry(), threading.Event()

    def ended() -> set[str]:
        counts = [each for metric in registry.collect() for each in metric.samples if "ImportUsers" in str(each.labels)]
        return {each.labels["code"] for each in counts if each.name == "identity_rpc_calls_total"}

    def chunks() -> Iterator[pb.ImportUsersRequest]:
        yield chunk(person(0))
        gone.wait(20)

    with capture_logs() as logs, served(household, registry=registry) as client:
        answers = client.users.ImportUsers(chunks(), timeout=20)
        next(answers)
        answers.cancel()
        # OK where gRPC hears of the end of the requests before it hears of the cancellation.
        assert eventually(ended, "the end of the call") <= {"CANCELLED", "OK"}
        gone.set()
    assert [entry for entry in logs if entry["event"] == "rpc.failed"] == []


def test_a_server_that_stops_ends_the_call_between_two_chunks(household: Household):
    stopping = threading.Event()
    with served(household, stopping=stopping) as client:
        stopping.set()
        answers = client.users.ImportUsers(iter([chunk(person(0)), chunk(person(1))]), timeout=20)
        assert next(answers).imported_count == 1
        with pytest.raises(grpc.RpcError) as refused:
            next(answers)
    assert (refused.value.code(), reason_of(refused.value)) == (grpc.StatusCode.UNAVAILABLE, "SERVER_STOPPING")
    assert len(household.rows(users)) == 1


def test_a_client_that_falls_silent_between_two_chunks_is_cut_off(
    household: Household, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(patience, "BETWEEN_MESSAGES", 1 / 100)
    heard = threading.Event()

    def chunks() -> Iterator[pb.ImportUsersRequest]:
        yield chunk(person(0))
        heard.wait(20)

    with served(household, patience_seconds=5) as client:
        answers = client.users.ImportUsers(chunks(), timeout=20)
        assert next(answers).imported_count == 1
        with pytest.raises(grpc.RpcError) as refused:
            next(answers)
        heard.set()
    assert refused.value.code() is grpc.StatusCode.CANCELLED


class Revocable:
    """Takes everybody in, until it does not."""

    def __init__(self) -> None:
        self.is_over = False

    def admit(self, context: grpc.ServicerContext, scope: str) -> Caller:
        if self.is_over:
            raise Unauthenticated(reason="CALLER_UNAUTHENTICATED")
        return Caller("default", "test", frozenset({scope}))


def test_nothing_is_imported_once_the_callers_key_is_over(household: Household):
    key, first_answered = Revocable(), threading.Event()

    def chunks() -> Iterator[pb.ImportUsersRequest]:
        yield chunk(person(0))
        first_answered.wait(20)
        yield chunk(person(1))

    with served(household, authenticator=key) as client:
        answers = client.users.ImportUsers(chunks(), timeout=20)
        next(answers)
        key.is_over = True
        first_answered.set()
        with pytest.raises(grpc.RpcError) as refused:
            next(answers)
    assert reason_of(refused.value) == "CALLER_UNAUTHENTICATED"
    assert [row["address_key"] for row in household.rows(users)] == ["0@example.com"]
