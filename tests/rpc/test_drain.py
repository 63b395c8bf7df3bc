"""The end of a server process: nothing in hand is lost, and it comes within a bound."""

import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace

import grpc
import pytest
from grpc_health.v1 import health_pb2_grpc
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from identity.v1 import session_service_pb2_grpc
from identity.v1.session_service_pb2 import SignInRequest, SignInResponse
from notification.v1 import notification_service_pb2_grpc
from notification.v1.notification_service_pb2 import WatchNotificationRequest, WatchNotificationResponse

from identity_service.calls.errors import ServerStopping
from identity_service.rpc import server as rpc_server
from identity_service.rpc.server import ServerSettings
from tests.rpc.fakes import World, reason_of, sign_in_request, watch_request
from tests.services.waiting import eventually, ever_within


@pytest.fixture
def serve(connect) -> Iterator[object]:
    """Like `start_server`, for tests that drain the server themselves."""

    def start(world: World):
        server = world.build()
        return server, connect(server.start())

    return start


def in_background(work) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_a_call_in_hand_is_finished_and_a_new_one_refused(serve) -> None:
    entered, release = threading.Event(), threading.Event()

    def slow_at_first(request: SignInRequest) -> SignInResponse:
        if not entered.is_set():
            entered.set()
            release.wait(30)
        return SignInResponse()

    def is_refused() -> bool:
        try:
            stub.SignIn(sign_in_request(), timeout=5)
        except grpc.RpcError as refusal:
            return refusal.code() is grpc.StatusCode.UNAVAILABLE
        return False

    world = World(sign_in=slow_at_first)
    server, channel = serve(world)
    stub = session_service_pb2_grpc.SessionServiceStub(channel)
    call = stub.SignIn.future(sign_in_request())
    assert entered.wait(10)
    drain = in_background(server.drain)
    assert world.stopping.wait(10)
    eventually(is_refused, "the refusal of a new call")
    release.set()
    assert call.result(timeout=10) == SignInResponse()
    drain.join(10)
    assert not drain.is_alive()


def test_health_says_not_serving_while_calls_are_still_taken(serve, monkeypatch) -> None:
    waiting, seen, delays = threading.Event(), threading.Event(), []

    def sleep(delay: float) -> None:
        delays.append(delay)
        waiting.set()
        seen.wait(30)

    monkeypatch.setattr(rpc_server, "time", SimpleNamespace(sleep=sleep))
    world = World(settings=ServerSettings("127.0.0.1:0", drain_delay_seconds=5))
    server, channel = serve(world)
    drain = in_background(server.drain)
    assert waiting.wait(10)
    answer = health_pb2_grpc.HealthStub(channel).Check(HealthCheckRequest(), timeout=5)
    assert answer.status == HealthCheckResponse.NOT_SERVING
    assert session_service_pb2_grpc.SessionServiceStub(channel).SignIn(sign_in_request(), timeout=5) is not None
    assert not world.stopping.is_set(), "streams would only come back"
    seen.set()
    drain.join(10)
    assert delays == [5]


def test_a_stream_ends_with_a_status_that_tells_its_client_to_resume_elsewhere(serve) -> None:
    world = World()

    def watch(request: WatchNotificationRequest) -> Iterator[WatchNotificationResponse]:
        yield WatchNotificationResponse(resume_token="first")
        world.stopping.wait(10)
        raise ServerStopping()

    world.watch = watch
    server, channel = serve(world)
    stream = notification_service_pb2_grpc.NotificationServiceStub(channel).WatchNotification(watch_request())
    next(stream)
    drain = in_background(server.drain)
    with pytest.raises(grpc.RpcError) as ended:
        next(stream)
    assert ended.value.code() is grpc.StatusCode.UNAVAILABLE
    assert reason_of(ended.value) == "SERVER_STOPPING"
    drain.join(5)
    assert not drain.is_alive()


def test_a_watcher_of_health_does_not_delay_the_end(serve) -> None:
    def drained() -> float:
        server, channel = serve(World(settings=ServerSettings("127.0.0.1:0", drain_grace_seconds=10)))
        watch = health_pb2_grpc.HealthStub(channel).Watch(HealthCheckRequest())
        next(watch)
        started = time.monotonic()
        server.drain()
        return time.monotonic() - started

    assert ever_within(3, drained)


def test_a_call_that_never_ends_does_not_delay_the_end_beyond_the_grace(serve) -> None:
    forever = threading.Event()

    def drained() -> float:
        entered = threading.Event()

        def stuck(request: SignInRequest) -> SignInResponse:
            entered.set()
            forever.wait(20)
            return SignInResponse()

        settings = ServerSettings("127.0.0.1:0", drain_grace_seconds=0.3)
        server, channel = serve(World(sign_in=stuck, settings=settings))
        call = session_service_pb2_grpc.SessionServiceStub(channel).SignIn.future(sign_in_request())
        assert entered.wait(10)
        started = time.monotonic()
        server.drain()
        took = time.monotonic() - started
        assert call.exception(timeout=5) is not None
        return took

    assert ever_within(2, drained)
    forever.set()
