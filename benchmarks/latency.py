"""From the call to the mail server's acceptance of the mail, on an idle system."""

import random
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import median, quantiles

import grpc
from identity.v1 import session_service_pb2 as pb
from identity.v1.session_service_pb2_grpc import SessionServiceStub

from benchmarks import people
from benchmarks.commands import Command, running
from benchmarks.progress import say
from benchmarks.results import Row
from benchmarks.rounds import Rounds
from benchmarks.world import Sink, World, opened
from tests.services.places import free_port
from tests.services.service import with_key

P50_LIMIT_MS, P99_LIMIT_MS = 8, 20
CALLS_PER_SECOND = 5
CALLS = 100
WARM_UP_CALLS = 50
ARRIVAL_SECONDS = 10


def measure(world: World, rounds: Rounds) -> list[Row]:
    """On Redis with worker processes, and on the embedded default, in turns."""
    found: dict[str, list[list[float]]] = {"otp_latency_idle": [], "otp_latency_idle_embedded": []}
    with _on_redis(world) as on_redis, _embedded(world) as embedded:
        systems = {"otp_latency_idle": on_redis, "otp_latency_idle_embedded": embedded}
        for name, system in systems.items():
            say(f"{name}: warming up")
            system.latencies(WARM_UP_CALLS)
        for number in rounds:
            for name, system in systems.items():
                rounds.begin()
                found[name].append(system.latencies(CALLS))
                rounds.report(name, number, f"p50 {median(found[name][-1]):.2f} ms")
    return [row for name, latencies in found.items() for row in _rows(name, latencies)]


def _rows(name: str, rounds: list[list[float]]) -> list[Row]:
    p50 = [median(latencies) for latencies in rounds]
    p99 = [quantiles(latencies, n=100, method="inclusive")[98] for latencies in rounds]
    return [
        Row(name, p50, "ms (p50)", limit=P50_LIMIT_MS),
        Row(f"{name}_p99", p99, "ms (p99)", limit=P99_LIMIT_MS),
    ]


class System:
    """A running service, users that it knows, and the mail server it sends to."""

    def __init__(self, stub: SessionServiceStub, addresses: Iterator[str], sink: Sink) -> None:
        self._stub = stub
        self._addresses = addresses
        self._sink = sink

    def latencies(self, number: int) -> list[float]:
        """Milliseconds per mail; each call is of a user of its own."""
        called_at: dict[str, float] = {}
        for _ in range(number):
            address = next(self._addresses)
            time.sleep(random.uniform(0.9, 1.1) / CALLS_PER_SECOND)  # in step with nothing in the service
            called_at[address] = time.monotonic()
            self._stub.RequestOtp(pb.RequestOtpRequest(email=address), timeout=5)
        accepted_at = self._arrivals(called_at)
        return [(accepted_at[address] - called) * 1000 for address, called in called_at.items()]

    def _arrivals(self, called_at: dict[str, float]) -> dict[str, float]:
        deadline = time.monotonic() + ARRIVAL_SECONDS
        while not called_at.keys() <= (accepted := self._sink.accepted()).keys():
            if time.monotonic() > deadline:
                raise RuntimeError(f"{len(called_at.keys() - accepted.keys())} mails have not arrived")
            time.sleep(0.1)
        return accepted


@contextmanager
def _on_redis(world: World) -> Iterator[System]:
    """`serve` and `worker`, as in production."""
    url = world.new_database()
    settings = world.settings(url)
    world.broker().flushdb()
    with ExitStack() as stack:
        server = stack.enter_context(running("serve", settings, world.folder))
        stack.enter_context(running("worker", settings, world.folder))
        api_key = world.api_key(settings)
        yield stack.enter_context(_system(world, url, settings["GRPC_ADDRESS"], server, api_key))


@contextmanager
def _embedded(world: World) -> Iterator[System]:
    """`dev`, except that it sends its mails."""
    folder = world.folder / "latency-dev"
    folder.mkdir()
    settings = {
        "GRPC_ADDRESS": f"127.0.0.1:{free_port()}",
        "HTTP_ADDRESS": f"127.0.0.1:{free_port()}",
        "RATE_LIMITS": "off",
        "SENDER": world.sink.url,
    }
    with running("dev", settings, folder) as server:
        database = f"sqlite:///{folder / '.identity' / 'identity.db'}"
        with _system(world, database, settings["GRPC_ADDRESS"], server) as system:
            yield system


@contextmanager
def _system(world: World, database_url: str, address: str, server: Command, api_key: str = "") -> Iterator[System]:
    server.wait_until_it_listens(address)
    with opened(database_url) as database:
        addresses = [user.email for user in people.add_users(database, 2000)]
    with grpc.insecure_channel(address) as channel:
        yield System(SessionServiceStub(with_key(channel, api_key)), iter(addresses), world.sink)
