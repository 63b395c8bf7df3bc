"""Calls that every request of a product depends on, while many people register: hashing must not slow them."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median, quantiles

import grpc
from identity.v1 import session_service_pb2 as pb
from identity.v1.session_service_pb2_grpc import SessionServiceStub

from benchmarks import people
from benchmarks.commands import running
from benchmarks.progress import say
from benchmarks.registering import storm
from benchmarks.results import Row
from benchmarks.rounds import Rounds
from benchmarks.world import World, opened
from identity_service.storage.database import Database
from tests.services.service import with_key

CLIENTS = 32
SERVER_PROCESSES = 2
CALLS = 300
"""Of each kind, in each round, idle and under the storm."""
CALLS_PER_SECOND = 100
SETTLE_SECONDS = 1.0
WARM_UP_CALLS = 100
KINDS = ("verify_access_token", "verify_otp")
Latencies = dict[str, list[float]]


@dataclass(frozen=True)
class System:
    """A running service, a token that it gave, and its database to put people into."""

    world: World
    database: Database
    address: str
    api_key: str
    stub: SessionServiceStub

    def latencies(self, number: int) -> Latencies:
        """Milliseconds of so many calls of each kind, one after the other, in step with nothing."""
        able = people.add_challenged(self.database, self.world.key_ring, number + 1)
        first = self.stub.VerifyOtp(pb.VerifyOtpRequest(email=able[0].email, code=able[0].code), timeout=30)
        token = pb.VerifyAccessTokenRequest(access_token=first.tokens.access_token)
        found: Latencies = {kind: [] for kind in KINDS}
        for who in able[1:]:
            code = pb.VerifyOtpRequest(email=who.email, code=who.code)
            found["verify_access_token"].append(_milliseconds(lambda: self.stub.VerifyAccessToken(token, timeout=30)))
            found["verify_otp"].append(_milliseconds(lambda code=code: self.stub.VerifyOtp(code, timeout=30)))
        return found


def measure(world: World, rounds: Rounds) -> list[Row]:
    """The same calls on the idle service and under the storm, in turns."""
    idle, stormy = list[Latencies](), list[Latencies]()
    with _system(world) as system:
        say("calls_under_storm: warming up")
        system.latencies(WARM_UP_CALLS)
        for number in rounds:
            rounds.begin()
            idle.append(system.latencies(CALLS))
            with storm(system.address, system.api_key, CLIENTS):
                time.sleep(SETTLE_SECONDS)
                stormy.append(system.latencies(CALLS))
            time.sleep(SETTLE_SECONDS)
            rounds.report("calls_under_storm", number, f"p99 {_factor(idle[-1], stormy[-1]):.1f} times that of idle")
    factors = [_factor(quiet, loud) for quiet, loud in zip(idle, stormy, strict=True)]
    return [
        Row("calls_under_storm", factors, "times idle p99"),
        *_rows("idle", idle),
        *_rows(f"{CLIENTS} registering", stormy),
    ]


def _rows(when: str, rounds: Sequence[Latencies]) -> Iterator[Row]:
    for kind in KINDS:
        of_kind = [latencies[kind] for latencies in rounds]
        yield Row(f"{kind}, {when}", [median(one) for one in of_kind], "ms (p50)")
        yield Row(f"{kind}, {when}", [_p99(one) for one in of_kind], "ms (p99)")


def _factor(idle: Latencies, stormy: Latencies) -> float:
    """Of the call that suffers more."""
    return max(_p99(stormy[kind]) / _p99(idle[kind]) for kind in KINDS)


def _p99(latencies: Sequence[float]) -> float:
    return quantiles(latencies, n=100, method="inclusive")[98]


def _milliseconds(call: Callable[[], object]) -> float:
    time.sleep(random.uniform(0.5, 1.5) / CALLS_PER_SECOND)
    began = time.monotonic()
    call()
    return (time.monotonic() - began) * 1000


@contextmanager
def _system(world: World) -> Iterator[System]:
    url = world.new_database()
    settings = world.settings(url) | {"GRPC_PROCESSES": str(SERVER_PROCESSES), "GRPC_PIN_CORES": "false"}
    address = settings["GRPC_ADDRESS"]
    with ExitStack() as stack:
        server = stack.enter_context(running("serve", settings, world.folder))
        server.wait_until_it_listens(address)
        database, api_key = stack.enter_context(opened(url)), world.api_key(settings)
        channel = stack.enter_context(grpc.insecure_channel(address))
        yield System(world, database, address, api_key, SessionServiceStub(with_key(channel, api_key)))
