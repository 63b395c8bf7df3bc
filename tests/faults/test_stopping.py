"""How processes end: asked to, they finish what they have in hand; left alone by a killed supervisor, they end, too."""

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import grpc
import httpx2
import psycopg
import pytest
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse

from tests.faults.cluster import Cluster, Person
from tests.services.places import free_port
from tests.services.service import Client, Program, is_running
from tests.services.waiting import eventually

WITHIN_SECONDS = 40.0


@contextmanager
def registrations_held_up(cluster: Cluster) -> Iterator[None]:
    """Let every registration that begins now wait for the database."""
    with psycopg.connect(cluster.database_url) as connection:
        connection.execute("LOCK TABLE registrations IN EXCLUSIVE MODE")
        yield
        connection.rollback()


def in_thread(cluster: Cluster, client: Client) -> Future[Person]:
    """A registration under way, waiting for the database."""
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    before = cluster.query(waiting)[0][0]
    future = ThreadPoolExecutor(1).submit(cluster.register, client)
    eventually(lambda: cluster.query(waiting)[0][0] > before, "a call that waits for the database")
    return future


def test_a_server_that_is_asked_to_stop_finishes_its_calls_and_refuses_new_ones(cluster: Cluster) -> None:
    clients = [cluster.client() for _ in range(6)]
    for client in clients:
        cluster.register(client)
    seen = [watched_health(client) for client in clients]
    with registrations_held_up(cluster):
        calls = [in_thread(cluster, client) for client in clients]
        cluster.serve.terminate()
        for states in seen:
            eventually(lambda states=states: states[-1:] == [HealthCheckResponse.NOT_SERVING], "NOT_SERVING")  # type: ignore[misc]
    people = [call.result(WITHIN_SECONDS) for call in calls]
    assert cluster.serve.exit_code(WITHIN_SECONDS) == 0
    assert not cluster.serve.children()
    for person in people:
        cluster.wait_for_state(person, "sent")


def watched_health(client: Client) -> list[int]:
    """What a watcher of the process's health has been told so far."""
    seen: list[int] = []

    def watch() -> None:
        try:
            for answer in client.health.Watch(HealthCheckRequest()):
                seen.append(answer.status)
        except grpc.RpcError:
            pass

    threading.Thread(target=watch, daemon=True).start()
    eventually(lambda: seen, "the first word about health")
    return seen


@pytest.fixture
def lingering(cluster: Cluster) -> Iterator[tuple[Program, Client, httpx2.Client]]:
    """One more server, which takes calls for a minute after it was asked to stop."""
    address, web = (f"127.0.0.1:{free_port()}" for _ in range(2))
    server = cluster.run(
        "lingering",
        "identity_service",
        "serve",
        IDENTITY_GRPC_ADDRESS=address,
        IDENTITY_HTTP_ADDRESS=web,
        IDENTITY_GRPC_PROCESSES="1",
        IDENTITY_DRAIN_DELAY_SECONDS="60",
    )
    client = Client(address, cluster.api_key)
    eventually(client.is_serving, "a server that serves", timeout=60)
    eventually(lambda: server.events("http.listening"), "an HTTP edge", timeout=60)
    with httpx2.Client(base_url=f"http://{web}", trust_env=False) as edge:
        yield server, client, edge
    client.close()
    cluster.stop("lingering")


def test_a_server_may_take_calls_while_its_health_turns_them_away(
    cluster: Cluster, lingering: tuple[Program, Client, httpx2.Client]
) -> None:
    server, client, edge = lingering
    states = watched_health(client)
    server.terminate()
    eventually(lambda: states[-1:] == [HealthCheckResponse.NOT_SERVING], "NOT_SERVING")
    assert cluster.state(cluster.register(client)) is not None
    eventually(lambda: edge.get("/readyz").json().get("reason") == "SERVER_STOPPING", "an edge that is not ready")
    assert edge.get("/.well-known/jwks.json").status_code == 200


def test_a_worker_that_is_asked_to_stop_finishes_and_records_its_mail(cluster: Cluster) -> None:
    cluster.sink.hold()
    person = cluster.register()
    cluster.sink.wait_until_held(person.email)
    cluster.worker.terminate()
    assert cluster.worker.runs
    cluster.sink.release()
    assert cluster.worker.exit_code(WITHIN_SECONDS) == 0
    assert cluster.state(person) == "sent"
    assert cluster.outcomes(person) == ["sent"]
    assert len(cluster.copies(person)) == 1


def test_mails_that_a_stopping_worker_had_not_begun_are_left_to_the_next(cluster: Cluster) -> None:
    cluster.sink.hold()
    people = [cluster.register() for _ in range(12)]  # more than a worker has threads
    cluster.sink.wait_until_held(people[0].email)
    os.kill(cluster.worker.child("worker-high"), signal.SIGTERM)
    cluster.sink.release()
    for person in people:
        cluster.wait_for_state(person, "sent")
        assert cluster.outcomes(person) == ["sent"]
        assert len(cluster.copies(person)) == 1


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_processes_whose_supervisor_is_killed_end_by_themselves(cluster: Cluster, command: str) -> None:
    program = {"serve": cluster.serve, "worker": cluster.worker}[command]
    eventually(lambda: len(program.children()) >= 2, "the processes of the supervisor")
    children = program.children()
    program.kill()
    for pid in children:
        eventually(lambda pid=pid: not is_running(pid), f"the end of process {pid}", timeout=WITHIN_SECONDS)  # type: ignore[misc]
