"""AuditService as its callers meet it."""

import threading
from collections.abc import Iterator

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from identity.v1 import audit_event_pb2, audit_service_pb2_grpc
from identity.v1.audit_event_pb2 import AuditEvent, AuditEventFilter
from identity.v1.audit_service_pb2 import ListAuditEventsRequest, WatchAuditEventsRequest, WatchAuditEventsResponse
from prometheus_client import CollectorRegistry

from identity_service.identity.errors import CredentialsRejected
from identity_service.rpc import services
from identity_service.rpc.callers import DefaultTenantAuthenticator
from identity_service.rpc.converters.audit import OUTCOMES
from identity_service.rpc.server import RpcServer, ServerSettings, build_server
from tests.rpc.fakes import reason_of, violations_of
from tests.services.household import Household

ADA = "ada@example.com"
Stub = audit_service_pb2_grpc.AuditServiceStub


@pytest.fixture
def served(household: Household) -> Iterator[RpcServer]:
    stopping = threading.Event()
    server = build_server(
        ServerSettings("127.0.0.1:0"),
        services.registrations(household.core, household.journeys, stopping),
        ping=household.core.database.ping,
        authenticator=DefaultTenantAuthenticator(services.all_scopes()),
        registry=CollectorRegistry(),
        stopping=stopping,
    )
    server.start()
    yield server
    server.drain()


@pytest.fixture
def audit(served: RpcServer) -> Iterator[Stub]:
    with grpc.insecure_channel(f"127.0.0.1:{served.port}") as channel:
        yield Stub(channel)


def fail_to_sign_in(household: Household) -> None:
    with pytest.raises(CredentialsRejected):
        household.journeys.sign_in(household.call(ip="198.51.100.7"), ADA, "wrong-quilt-ember-42")


def test_an_event_says_who_what_when_and_from_where(household: Household, audit: Stub):
    ada = household.user(ADA)
    fail_to_sign_in(household)
    event = audit.ListAuditEvents(ListAuditEventsRequest(page_size=1)).events[0]
    assert event.create_time.ToSeconds() > 0
    event.ClearField("create_time")
    assert event == AuditEvent(
        event_id=event.event_id,
        event="session.signed_in",
        outcome=audit_event_pb2.AUDIT_OUTCOME_REFUSED,
        reason="CREDENTIALS_INVALID",
        actor="test",
        user_id=str(ada.id),
        ip_address="198.51.100.7",
        user_agent="pytest",
    )


def test_events_come_in_pages_that_belong_to_their_filter(household: Household, audit: Stub):
    household.user(ADA)
    for _ in range(3):
        fail_to_sign_in(household)
    request = ListAuditEventsRequest(
        page_size=2,
        filter=AuditEventFilter(
            events=["session.signed_in"], outcome=audit_event_pb2.AUDIT_OUTCOME_REFUSED, ip_address="198.51.100.7"
        ),
        create_time_from=Timestamp(seconds=1),
        create_time_before=Timestamp(seconds=253402300799),
    )
    first = audit.ListAuditEvents(request)
    request.page_token = first.next_page_token
    second = audit.ListAuditEvents(request)
    assert [len(first.events), len(second.events), second.next_page_token] == [2, 1, ""]
    request.filter.ip_address = "192.0.2.1"
    with pytest.raises(grpc.RpcError) as refusal:
        audit.ListAuditEvents(request)
    assert reason_of(refusal.value) == "PAGE_TOKEN_INVALID"


def test_an_event_that_does_not_exist_is_named(audit: Stub):
    wanted = AuditEventFilter(events=["session.signed_in", "session.singed_in"])
    with pytest.raises(grpc.RpcError) as refusal:
        audit.ListAuditEvents(ListAuditEventsRequest(filter=wanted))
    assert violations_of(refusal.value) == {"filter.events[1]": "is no event"}


def with_events(stream: Iterator[WatchAuditEventsResponse]) -> Iterator[WatchAuditEventsResponse]:
    return (response for response in stream if response.HasField("event"))


def test_a_stream_goes_on_where_the_last_one_ended(household: Household, audit: Stub):
    stream = audit.WatchAuditEvents(WatchAuditEventsRequest())
    begun = next(stream)
    assert not begun.HasField("event")
    household.register(ADA)
    registered = next(with_events(stream))
    assert registered.event.event == "user.registered"
    stream.cancel()
    fail_to_sign_in(household)
    for token, expected in ((begun.resume_token, "user.registered"), (registered.resume_token, "session.signed_in")):
        resumed = audit.WatchAuditEvents(WatchAuditEventsRequest(resume_token=token))
        assert next(with_events(resumed)).event.event == expected
        resumed.cancel()


def test_a_stream_may_begin_with_the_oldest_event(household: Household, audit: Stub):
    household.register(ADA)
    stream = audit.WatchAuditEvents(WatchAuditEventsRequest(from_beginning=True))
    assert next(with_events(stream)).event.event == "user.registered"
    stream.cancel()


@pytest.mark.parametrize("token", ["x", "A" * 33, "A" * 34])
def test_a_token_that_no_stream_answered_is_refused(audit: Stub, token: str):
    with pytest.raises(grpc.RpcError) as refusal:
        next(audit.WatchAuditEvents(WatchAuditEventsRequest(resume_token=token)))
    assert reason_of(refusal.value) == "RESUME_TOKEN_INVALID"


def test_a_stopping_server_ends_its_streams_and_says_so(household: Household, audit: Stub, served: RpcServer):
    stream = audit.WatchAuditEvents(WatchAuditEventsRequest())
    next(stream)
    served.drain()
    with pytest.raises(grpc.RpcError) as refusal:
        list(stream)
    assert reason_of(refusal.value) == "SERVER_STOPPING"


def test_every_outcome_of_the_contract_is_made():
    made = set(OUTCOMES.values()) | {audit_event_pb2.AUDIT_OUTCOME_UNSPECIFIED}
    assert made == set(audit_event_pb2.AuditOutcome.values())
