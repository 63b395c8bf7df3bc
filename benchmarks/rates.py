"""Calls per second, against an empty call on the same kind of server, in the same run."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import IO, cast

import redis
from identity.v1 import client_context_pb2
from identity.v1 import session_service_pb2 as pb

from benchmarks import empty_server, people
from benchmarks.commands import running
from benchmarks.load import Load
from benchmarks.progress import say
from benchmarks.results import Row
from benchmarks.world import World, opened
from identity_service.settings import Settings
from identity_service.storage.database import Database
from tests.services.places import free_port

LIMITS = {"rpc_verify_otp": 0.30, "rpc_request_otp": 0.25}
CALLS = {"rpc_empty": 8000, "rpc_verify_otp": 3000, "rpc_request_otp": 3000}
WARM_UP_CALLS = 1000
PROCESSES = 2
VERIFY, REQUEST = "/identity.v1.SessionService/VerifyOtp", "/identity.v1.SessionService/RequestOtp"
EMPTY = f"/{empty_server.SERVICE}/{empty_server.METHOD}"
_CLIENT = client_context_pb2.ClientContext(ip_address="192.0.2.7", user_agent="benchmarks/1.0", locale="en")


@dataclass(frozen=True)
class Stage:
    """Everything that a round needs, up and running."""

    load: Load
    database: Database
    world: World
    address: str
    empty_address: str


def measure(world: World, names: list[str], rounds: int) -> list[Row]:
    """The wanted ones of `LIMITS`, and the empty call, which they are measured against."""
    rates: dict[str, list[float]] = {name: [] for name in ("rpc_empty", *names)}
    with _stage(world) as stage:
        for name in rates:
            say(f"{name}: warming up")
            _MEASURES[name](stage, WARM_UP_CALLS)
        for number in range(1, rounds + 1):
            people.settle(stage.database)
            for name, found in rates.items():
                found.append(_MEASURES[name](stage, CALLS[name]))
                say(f"{name}: round {number} of {rounds}: {found[-1]:.0f} calls/s")
    return [_row(name, found, rates["rpc_empty"]) for name, found in rates.items()]


def _row(name: str, rates: list[float], empty: list[float]) -> Row:
    if name not in LIMITS:
        return Row(name, rates, "calls/s")
    ratios = [rate / base for rate, base in zip(rates, empty, strict=True)]
    return Row(name, rates, "calls/s", limit=LIMITS[name], ratios=ratios)


@contextmanager
def _stage(world: World) -> Iterator[Stage]:
    url = world.new_database()
    settings = world.settings(url) | {"GRPC_PROCESSES": str(PROCESSES)}
    with ExitStack() as stack:
        empty_address = stack.enter_context(_empty_servers())
        server = stack.enter_context(running("serve", settings, world.folder))
        server.wait_until_it_listens(settings["GRPC_ADDRESS"])
        load = stack.enter_context(Load(world.folder))
        database = stack.enter_context(opened(url))
        yield Stage(load, database, world, settings["GRPC_ADDRESS"], empty_address)


@contextmanager
def _empty_servers() -> Iterator[str]:
    """As many processes, with as many threads, as `serve` has."""
    address = f"127.0.0.1:{free_port()}"
    threads = str(Settings.model_fields["grpc_threads"].default)
    command = [sys.executable, "-m", empty_server.__name__, address, threads]
    servers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(PROCESSES)
    ]
    try:
        for server in servers:
            cast(IO[str], server.stdout).readline()
        yield address
    finally:
        for server in servers:
            server.communicate()


def _empty(stage: Stage, number: int) -> float:
    done = stage.load.run(stage.empty_address, EMPTY, [b""] * number)
    return number / (done.ended - done.began)


def _verify_otp(stage: Stage, number: int) -> float:
    """Every call is of a user of its own, and succeeds."""
    able = people.add_challenged(stage.database, stage.world.key_ring, number)
    requests = [pb.VerifyOtpRequest(client=_CLIENT, email=who.email, code=who.code) for who in able]
    done = stage.load.run(stage.address, VERIFY, [request.SerializeToString() for request in requests])
    return number / (done.ended - done.began)


def _request_otp(stage: Stage, number: int) -> float:
    """Every call is of an existing user; the time ends when Redis has the last of them."""
    broker = stage.world.broker()
    broker.flushdb()
    users = people.add_users(stage.database, number)
    requests = [pb.RequestOtpRequest(client=_CLIENT, email=user.email) for user in users]
    done = stage.load.run(stage.address, REQUEST, [request.SerializeToString() for request in requests])
    return number / (_all_handed_off(broker, number) - done.began)


def _all_handed_off(broker: "redis.Redis", number: int) -> float:
    deadline = time.monotonic() + 10
    while cast(int, broker.llen("dramatiq:high")) < number:
        if time.monotonic() > deadline:
            raise RuntimeError("not every mail was handed off to Redis")
        time.sleep(0.001)
    return time.monotonic()


_MEASURES: dict[str, Callable[[Stage, int], float]] = {
    "rpc_empty": _empty,
    "rpc_verify_otp": _verify_otp,
    "rpc_request_otp": _request_otp,
}
