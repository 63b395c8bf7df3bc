import logging
import re
import threading
from collections.abc import Iterator
from datetime import timedelta

import grpc
import pytest
import structlog
from identity.v1 import client_context_pb2, session_service_pb2_grpc
from identity.v1.session_service_pb2 import SignInRequest, SignInResponse
from notification.v1 import notification_service_pb2_grpc
from notification.v1.notification_service_pb2 import (
    ListNotificationsRequest,
    WatchNotificationRequest,
    WatchNotificationResponse,
)
from structlog.testing import capture_logs

from identity_service.errors import LimitExceeded, NotFound, Unauthenticated
from identity_service.rpc.callers import Caller, DefaultTenantAuthenticator, current_caller
from identity_service.telemetry.logging import outline_exception
from tests.rpc.conftest import Connect, StartServer
from tests.rpc.fakes import World, reason_of, sign_in_request, violations_of, watch_request
from tests.services.waiting import eventually

SIGN_IN = "/identity.v1.SessionService/SignIn"


class Strangers:
    """An authenticator that knows nobody."""

    def admit(self, context: grpc.ServicerContext, scope: str) -> Caller:
        raise Unauthenticated(reason="CALLER_UNAUTHENTICATED")


@pytest.fixture
def sessions(world: World, start_server: StartServer, connect: Connect) -> session_service_pb2_grpc.SessionServiceStub:
    return session_service_pb2_grpc.SessionServiceStub(connect(start_server(world).port))


@pytest.fixture
def notifications(
    world: World, start_server: StartServer, connect: Connect
) -> notification_service_pb2_grpc.NotificationServiceStub:
    return notification_service_pb2_grpc.NotificationServiceStub(connect(start_server(world).port))


@pytest.fixture
def world(request: pytest.FixtureRequest) -> World:
    return request.param if hasattr(request, "param") else World()


def raise_limit(request: SignInRequest) -> SignInResponse:
    raise LimitExceeded(timedelta(seconds=7))


def raise_unexpected(request: SignInRequest) -> SignInResponse:
    raise ValueError(f"cannot handle {request.password}")


def watch_then_fail(request: WatchNotificationRequest) -> Iterator[WatchNotificationResponse]:
    yield WatchNotificationResponse(resume_token="first")
    raise NotFound("It is gone.", reason="NOTIFICATION_NOT_FOUND")


def test_a_good_call_passes_and_its_answer_names_the_request_id(sessions) -> None:
    _, call = sessions.SignIn.with_call(sign_in_request(), metadata=[("x-request-id", "abc-123")])
    assert dict(call.trailing_metadata())["x-request-id"] == "abc-123"


@pytest.mark.parametrize("sent", ["", "x" * 129, "a b", "a;b"])
def test_a_request_id_that_could_harm_a_log_is_replaced(sessions, sent: str) -> None:
    _, call = sessions.SignIn.with_call(sign_in_request(), metadata=[("x-request-id", sent)])
    assert re.fullmatch("[0-9a-f]{32}", dict(call.trailing_metadata())["x-request-id"])


def test_every_malformed_field_is_named_with_its_full_path(sessions) -> None:
    client = client_context_pb2.ClientContext(ip_address="10.0.0", locale="en_GB")
    with pytest.raises(grpc.RpcError) as refused:
        sessions.SignIn(SignInRequest(request_id="7", email="a@b", client=client))
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert set(violations_of(refused.value)) == {
        "request_id", "client.ip_address", "client.locale", "password"
    }  # fmt: skip


def test_a_text_that_is_not_of_the_pattern_is_refused_in_words(sessions) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        sessions.SignIn(SignInRequest(email="ada", password="correct horse battery"))
    assert violations_of(refused.value) == {"email": "must be an e-mail address, such as ada@example.com"}


def test_a_malformed_element_of_a_list_is_named_by_its_index(notifications) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        notifications.ListNotifications(ListNotificationsRequest(states=[1, 99], page_size=-1))
    assert set(violations_of(refused.value)) == {"states[1]", "page_size"}


def test_a_list_of_wrong_elements_is_refused_at_once_and_in_few_words(notifications) -> None:
    """Each wrong element is a violation; 200,000 of them would stop the process for seconds and fit into no trailer."""
    with pytest.raises(grpc.RpcError) as refused:
        notifications.ListNotifications(ListNotificationsRequest(states=[0] * 200_000), timeout=2)
    assert set(violations_of(refused.value)) == {"states"}
    with pytest.raises(grpc.RpcError) as refused:
        notifications.ListNotifications(ListNotificationsRequest(states=[0] * 1_000))
    assert reason_of(refused.value) == "INVALID_INPUT"


def test_bytes_that_are_no_message_are_the_clients_mistake(world, start_server, connect) -> None:
    call = connect(start_server(world).port).unary_unary(SIGN_IN)
    with pytest.raises(grpc.RpcError) as refused:
        call(b"\x1a\xff\xff")
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert reason_of(refused.value) == "INVALID_INPUT"


def test_text_that_is_no_utf_8_is_the_clients_mistake(world, start_server, connect) -> None:
    call = connect(start_server(world).port).unary_unary(SIGN_IN)
    with pytest.raises(grpc.RpcError) as refused:
        call(b"\x1a\x03a@\xff")
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_a_malformed_request_of_a_stream_is_refused_before_the_stream_begins(notifications) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        list(notifications.WatchNotification(WatchNotificationRequest(notification_id="1")))
    assert set(violations_of(refused.value)) == {"notification_id"}


@pytest.mark.parametrize("world", [World(sign_in=raise_limit)], indirect=True)
def test_a_domain_error_becomes_its_status(sessions) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        sessions.SignIn(sign_in_request())
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert reason_of(refused.value) == "RATE_LIMITED"
    assert "x-request-id" in dict(refused.value.trailing_metadata())


@pytest.mark.parametrize("world", [World(watch=watch_then_fail)], indirect=True)
def test_a_stream_that_fails_midway_ends_with_the_status_of_its_error(notifications) -> None:
    stream = notifications.WatchNotification(watch_request())
    assert next(stream).resume_token == "first"
    with pytest.raises(grpc.RpcError) as refused:
        next(stream)
    assert reason_of(refused.value) == "NOTIFICATION_NOT_FOUND"


@pytest.mark.parametrize("world", [World(sign_in=raise_unexpected)], indirect=True)
def test_an_unexpected_error_is_logged_without_what_the_request_held(sessions, caplog) -> None:
    captured = capture_logs(processors=[outline_exception])
    with captured as logs, caplog.at_level(logging.DEBUG), pytest.raises(grpc.RpcError) as failed:
        sessions.SignIn(sign_in_request(), metadata=[("x-request-id", "abc-123")])
    assert failed.value.code() is grpc.StatusCode.INTERNAL
    assert reason_of(failed.value) == "INTERNAL"
    [entry] = [entry for entry in logs if entry["event"] == "rpc.failed"]
    assert entry["failure"][0]["type"] == "builtins.ValueError"
    assert "raise_unexpected" in str(entry["failure"][0]["places"])
    assert "correct horse" not in str(logs) + caplog.text + str(failed.value)


@pytest.mark.parametrize("world", [World(authenticator=Strangers())], indirect=True)
def test_a_caller_that_proves_nothing_is_refused_before_its_request_is_looked_at(sessions) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        sessions.SignIn(SignInRequest())
    assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
    assert reason_of(refused.value) == "CALLER_UNAUTHENTICATED"


@pytest.mark.parametrize(
    "world", [World(authenticator=DefaultTenantAuthenticator(frozenset({"sessions:read"})))], indirect=True
)
def test_a_caller_without_the_scope_of_the_rpc_is_refused_and_told_which(sessions) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        sessions.SignIn(sign_in_request())
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
    assert "sessions:write" in refused.value.details()


def test_the_servicer_sees_its_caller_and_its_log_lines_bear_the_request_id(start_server, connect) -> None:
    seen = {}

    def look_around(request: SignInRequest) -> SignInResponse:
        seen.update(structlog.contextvars.get_contextvars(), caller=current_caller())
        return SignInResponse()

    channel = connect(start_server(World(sign_in=look_around)).port)
    session_service_pb2_grpc.SessionServiceStub(channel).SignIn(
        sign_in_request(), metadata=[("x-request-id", "abc-123")]
    )
    assert seen["caller"].tenant_id == "default"
    assert (seen["request_id"], seen["rpc"]) == ("abc-123", "identity.v1.SessionService/SignIn")


def test_what_one_call_set_is_gone_in_the_next_on_the_same_thread(start_server, connect) -> None:
    found = []

    def remember(request: SignInRequest) -> SignInResponse:
        found.append(structlog.contextvars.get_contextvars().get("left"))
        structlog.contextvars.bind_contextvars(left="behind")
        return SignInResponse()

    world = World(sign_in=remember)
    stub = session_service_pb2_grpc.SessionServiceStub(connect(start_server(world).port))
    for _ in range(20):
        stub.SignIn(sign_in_request())
    assert found == [None] * 20


def samples(world: World, **labels: str) -> float | None:
    return world.registry.get_sample_value("identity_rpc_calls_total", labels)


def test_calls_are_counted_by_rpc_and_code(world, sessions) -> None:
    sessions.SignIn(sign_in_request())
    with pytest.raises(grpc.RpcError):
        sessions.SignIn(SignInRequest())
    rpc = "identity.v1.SessionService/SignIn"
    assert samples(world, rpc=rpc, code="OK") == 1
    assert samples(world, rpc=rpc, code="INVALID_ARGUMENT") == 1
    assert world.registry.get_sample_value("identity_rpc_duration_seconds_count", {"rpc": rpc}) == 2


def test_a_stream_that_the_client_leaves_is_counted_as_cancelled(start_server, connect) -> None:
    over = threading.Event()

    def watch_until_left(request: WatchNotificationRequest) -> Iterator[WatchNotificationResponse]:
        try:
            for number in range(1000):  # the server may learn late that its client has left
                yield WatchNotificationResponse(resume_token=str(number))
                over.wait(0.01)
        finally:
            over.set()

    world = World(watch=watch_until_left)
    stub = notification_service_pb2_grpc.NotificationServiceStub(connect(start_server(world).port))
    stream = stub.WatchNotification(watch_request())
    next(stream)
    stream.cancel()
    assert over.wait(10)
    rpc = "notification.v1.NotificationService/WatchNotification"
    eventually(lambda: samples(world, rpc=rpc, code="CANCELLED"), "its count")
