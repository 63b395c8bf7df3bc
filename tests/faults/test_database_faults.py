"""A database that is away, or hangs. Calls say so, and nothing needs a restart afterwards."""

import time
import urllib.error
import urllib.request
from functools import partial

import grpc

from tests.faults.cluster import Cluster, Person, new_address, register_request
from tests.services.at_once import all_at_once
from tests.services.service import Client, reason
from tests.services.waiting import eventually

NOTICED_WITHIN = 4.0
HANGING_NOTICED_WITHIN = 8.0


def readiness(cluster: Cluster) -> int:
    """The HTTP status of /readyz."""
    try:
        with urllib.request.urlopen(f"http://{cluster.web}/readyz", timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def try_to_register(client: Client) -> Person | grpc.RpcError:
    request = register_request(new_address())
    try:
        return Person(request.email, client.accounts.RegisterUser(request, timeout=20).notification_id)
    except grpc.RpcError as error:
        return error


def clients_of_every_server(cluster: Cluster) -> list[Client]:
    """Enough connections for each process to have one of them, or nearly surely so."""
    return [cluster.client() for _ in range(10)]


def test_while_the_database_is_away_calls_say_so_and_afterwards_everything_goes_on(cluster: Cluster) -> None:
    clients = clients_of_every_server(cluster)
    for client in clients:
        cluster.register(client)
    cluster.postgres.kill()
    stopped_at = time.monotonic()
    for client in clients:
        refusal = try_to_register(client)
        assert isinstance(refusal, grpc.RpcError)
        assert refusal.code() is grpc.StatusCode.UNAVAILABLE  # type: ignore[attr-defined]
        assert reason(refusal) == "DATABASE_UNAVAILABLE"
    eventually(lambda: not any(map(Client.is_serving, clients)), "NOT_SERVING everywhere")
    assert time.monotonic() - stopped_at < NOTICED_WITHIN
    assert readiness(cluster) == 503
    cluster.postgres.start()
    started_at = time.monotonic()
    eventually(lambda: all(map(Client.is_serving, clients)), "SERVING everywhere")
    assert time.monotonic() - started_at < NOTICED_WITHIN
    assert readiness(cluster) == 200
    people = [try_to_register(client) for client in clients]
    assert all(isinstance(person, Person) for person in people), people
    for person in people:
        assert isinstance(person, Person)
        cluster.wait_for_state(person, "sent")
    assert not cluster.half_done()


def test_a_restart_of_the_database_between_calls_fails_none(cluster: Cluster) -> None:
    clients = clients_of_every_server(cluster)
    all_at_once([partial(cluster.register, client) for client in clients])
    cluster.postgres.restart()
    answers = all_at_once([partial(cluster.register, client) for client in clients])
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    for person in answers:
        assert isinstance(person, Person)
        cluster.wait_for_state(person, "sent")


def test_a_database_that_hangs_is_noticed(cluster: Cluster) -> None:
    client = cluster.client()
    cluster.register(client)
    cluster.postgres.freeze()
    eventually(lambda: not client.is_serving(), "NOT_SERVING", timeout=HANGING_NOTICED_WITHIN)
    cluster.postgres.thaw()
    eventually(client.is_serving, "SERVING")
    person = try_to_register(client)
    assert isinstance(person, Person)
    cluster.wait_for_state(person, "sent")
