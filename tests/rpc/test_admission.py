"""How many calls are taken, and what the others hear."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from identity.v1 import session_service_pb2_grpc
from identity.v1.session_service_pb2 import SignInRequest, SignInResponse
from notification.v1 import notification_service_pb2_grpc
from notification.v1.notification_service_pb2 import WatchNotificationRequest, WatchNotificationResponse

from identity_service.rpc.server import ServerSettings
from tests.rpc.fakes import World, reason_of, sign_in_request, watch_request


class Gate:
    """Holds calls until it is opened."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.entered = threading.Semaphore(0)

    def sign_in(self, request: SignInRequest) -> SignInResponse:
        self.entered.release()
        self.opened.wait(20)
        return SignInResponse()

    def watch(self, request: WatchNotificationRequest) -> Iterator[WatchNotificationResponse]:
        self.entered.release()
        yield WatchNotificationResponse(resume_token="first")
        self.opened.wait(20)

    def wait_for(self, calls: int) -> None:
        for _ in range(calls):
            assert self.entered.acquire(timeout=10)


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.opened.set()


def test_a_call_too_many_is_refused_with_reason_and_delay_and_the_others_are_served(
    start_server, connect, gate
) -> None:
    world = World(sign_in=gate.sign_in, settings=ServerSettings("127.0.0.1:0", threads=2, max_calls=2))
    stub = session_service_pb2_grpc.SessionServiceStub(connect(start_server(world).port))
    held = [stub.SignIn.future(sign_in_request()) for _ in range(2)]
    gate.wait_for(2)
    with pytest.raises(grpc.RpcError) as refused:
        stub.SignIn(sign_in_request(), timeout=5)
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert reason_of(refused.value) == "SERVER_BUSY"
    assert "x-request-id" in dict(refused.value.trailing_metadata())
    gate.opened.set()
    assert [call.result(timeout=10) for call in held] == [SignInResponse()] * 2
    assert stub.SignIn(sign_in_request(), timeout=5) == SignInResponse()


def test_refused_calls_are_counted(start_server, connect, gate) -> None:
    world = World(sign_in=gate.sign_in, settings=ServerSettings("127.0.0.1:0", threads=1, max_calls=1))
    stub = session_service_pb2_grpc.SessionServiceStub(connect(start_server(world).port))
    held = stub.SignIn.future(sign_in_request())
    gate.wait_for(1)
    for _ in range(3):
        with pytest.raises(grpc.RpcError):
            stub.SignIn(sign_in_request(), timeout=5)
    gate.opened.set()
    held.result(timeout=10)
    labels = {"rpc": "identity.v1.SessionService/SignIn", "code": "RESOURCE_EXHAUSTED"}
    assert world.registry.get_sample_value("identity_rpc_calls_total", labels) == 3


def test_calls_within_the_bound_wait_for_a_thread(start_server, connect, gate) -> None:
    world = World(sign_in=gate.sign_in, settings=ServerSettings("127.0.0.1:0", threads=1, max_calls=5))
    stub = session_service_pb2_grpc.SessionServiceStub(connect(start_server(world).port))
    held = [stub.SignIn.future(sign_in_request()) for _ in range(5)]
    gate.wait_for(1)
    gate.opened.set()
    assert [call.result(timeout=10) for call in held] == [SignInResponse()] * 5


def test_a_stream_too_many_is_refused_and_ordinary_calls_are_not_starved(start_server, connect, gate) -> None:
    world = World(watch=gate.watch, settings=ServerSettings("127.0.0.1:0", threads=1, max_streams=2))
    channel = connect(start_server(world).port)
    notifications = notification_service_pb2_grpc.NotificationServiceStub(channel)
    watching = [notifications.WatchNotification(watch_request()) for _ in range(2)]
    gate.wait_for(2)
    with pytest.raises(grpc.RpcError) as refused:
        next(notifications.WatchNotification(watch_request(), timeout=5))
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert reason_of(refused.value) == "TOO_MANY_STREAMS"
    session_service_pb2_grpc.SessionServiceStub(channel).SignIn(sign_in_request(), timeout=5)
    gate.opened.set()
    assert [len(list(stream)) for stream in watching] == [1, 1]


def test_health_is_answered_by_a_server_that_is_busy(start_server, connect, gate) -> None:
    world = World(sign_in=gate.sign_in, settings=ServerSettings("127.0.0.1:0", threads=1, max_calls=1))
    channel = connect(start_server(world).port)
    held = session_service_pb2_grpc.SessionServiceStub(channel).SignIn.future(sign_in_request())
    gate.wait_for(1)
    health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=5)
    assert not held.done()


def test_a_storm_is_answered_to_the_last_call_and_leaves_room_again(start_server, connect) -> None:
    world = World(settings=ServerSettings("127.0.0.1:0", threads=2, max_calls=4))
    stub = session_service_pb2_grpc.SessionServiceStub(connect(start_server(world).port))

    def call(_: int) -> str:
        try:
            stub.SignIn(sign_in_request(), timeout=20)
        except grpc.RpcError as error:
            return reason_of(error)
        return "OK"

    with ThreadPoolExecutor(32) as crowd:
        answers = list(crowd.map(call, range(600)))
    assert set(answers) <= {"OK", "SERVER_BUSY"}
    assert call(0) == "OK"


def test_calls_that_are_cancelled_while_they_wait_leave_room_again(start_server, connect, gate) -> None:
    world = World(sign_in=gate.sign_in, settings=ServerSettings("127.0.0.1:0", threads=1, max_calls=3))
    stub = session_service_pb2_grpc.SessionServiceStub(connect(start_server(world).port))
    held = [stub.SignIn.future(sign_in_request()) for _ in range(3)]
    gate.wait_for(1)
    for call in held[1:]:
        call.cancel()
    gate.opened.set()
    held[0].result(timeout=10)
    assert [stub.SignIn(sign_in_request(), timeout=5) for _ in range(10)] == [SignInResponse()] * 10


class Silence:
    """Requests that never come, until the test is over."""

    def __init__(self, over: threading.Event) -> None:
        self._over = over

    def __iter__(self) -> "Silence":
        return self

    def __next__(self) -> SignInRequest:
        self._over.wait(20)
        raise StopIteration


def test_clients_that_call_and_say_nothing_do_not_keep_the_threads(start_server, connect, gate) -> None:
    world = World(settings=ServerSettings("127.0.0.1:0", threads=2, request_patience_seconds=1))
    port = start_server(world).port
    call = connect(port).stream_unary("/identity.v1.SessionService/SignIn")
    silent = [call.future(Silence(gate.opened)) for _ in range(2)]
    stub = session_service_pb2_grpc.SessionServiceStub(connect(port))
    assert stub.SignIn(sign_in_request(), timeout=10) == SignInResponse()
    assert {call.exception(timeout=10).code() for call in silent} == {grpc.StatusCode.CANCELLED}


def test_a_call_without_a_request_is_refused(start_server, connect) -> None:
    call = connect(start_server(World()).port).stream_unary("/identity.v1.SessionService/SignIn")
    with pytest.raises(grpc.RpcError) as refused:
        call(iter([]), timeout=5)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert reason_of(refused.value) == "INVALID_INPUT"


def test_silent_reflection_streams_harm_only_reflection(start_server, connect) -> None:
    channel = connect(start_server(World(settings=ServerSettings("127.0.0.1:0", threads=2))).port)
    stop = threading.Event()

    def silence() -> Iterator[reflection_pb2.ServerReflectionRequest]:
        stop.wait(20)
        yield from ()

    reflection_stub = reflection_pb2_grpc.ServerReflectionStub(channel)
    held = [reflection_stub.ServerReflectionInfo(silence()) for _ in range(200)]
    sessions = session_service_pb2_grpc.SessionServiceStub(channel)
    watches = notification_service_pb2_grpc.NotificationServiceStub(channel)
    assert sessions.SignIn(sign_in_request(), timeout=10)
    assert list(watches.WatchNotification(watch_request(), timeout=10))
    assert health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=10)
    stop.set()
    for call in held:
        call.cancel()
