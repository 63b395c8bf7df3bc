import queue
import threading

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse

from identity_service.rpc.server import ServerSettings
from tests.rpc.fakes import World

SERVING, NOT_SERVING = HealthCheckResponse.SERVING, HealthCheckResponse.NOT_SERVING
SERVICES = ["", "identity.v1.SessionService", "notification.v1.NotificationService"]
FAST = ServerSettings("127.0.0.1:0", readiness_interval_seconds=0.02)


class Database:
    """A database that can be switched off."""

    def __init__(self, *, up: bool) -> None:
        self.up = up

    def ping(self) -> None:
        if not self.up:
            raise ConnectionError("no database")


class Watcher:
    """Collects what a health watch says, in a thread."""

    def __init__(self, channel: grpc.Channel, service: str) -> None:
        self.said: queue.Queue[object] = queue.Queue()
        self._stream = health_pb2_grpc.HealthStub(channel).Watch(HealthCheckRequest(service=service))
        self.thread = threading.Thread(target=self._collect, daemon=True)
        self.thread.start()

    def _collect(self) -> None:
        try:
            for answer in self._stream:
                self.said.put(answer.status)
        except grpc.RpcError as error:
            self.said.put(error.code())

    def until(self, wanted: object) -> None:
        while self.said.get(timeout=10) != wanted:
            pass


@pytest.mark.parametrize("service", SERVICES)
def test_health_follows_the_database_down_and_up_again(start_server, connect, service: str) -> None:
    database = Database(up=True)
    channel = connect(start_server(World(ping=database.ping, settings=FAST)).port)
    watcher = Watcher(channel, service)
    watcher.until(SERVING)
    database.up = False
    watcher.until(NOT_SERVING)
    check = health_pb2_grpc.HealthStub(channel).Check
    assert check(HealthCheckRequest(service=service), timeout=5).status == NOT_SERVING
    database.up = True
    watcher.until(SERVING)
    assert check(HealthCheckRequest(service=service), timeout=5).status == SERVING


def test_a_server_that_never_saw_its_database_is_not_ready(start_server, connect) -> None:
    never = threading.Event()
    server = start_server(World(ping=lambda: never.wait(20), settings=FAST))
    health = health_pb2_grpc.HealthStub(connect(server.port))
    try:
        assert health.Check(HealthCheckRequest(), timeout=5).status == NOT_SERVING
    finally:
        never.set()


def test_an_unknown_service_is_not_found(start_server, connect) -> None:
    health = health_pb2_grpc.HealthStub(connect(start_server(World()).port))
    with pytest.raises(grpc.RpcError) as refused:
        health.Check(HealthCheckRequest(service="nobody"), timeout=5)
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND


def test_watchers_of_health_hold_no_threads(start_server, connect) -> None:
    channel = connect(start_server(World(settings=FAST)).port)
    watchers = [Watcher(channel, "") for _ in range(100)]
    for watcher in watchers:
        watcher.until(SERVING)
    check = health_pb2_grpc.HealthStub(channel).Check
    assert check(health_pb2.HealthCheckRequest(), timeout=5).status == SERVING
