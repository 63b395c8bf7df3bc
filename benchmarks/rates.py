"""Calls per second, against an empty call on the same kind of server, in the same run."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import IO, cast

import redis
from google.protobuf.message import Message
from identity.v1 import client_context_pb2
from identity.v1 import session_service_pb2 as pb

from benchmarks import empty_server, people
from benchmarks.commands import running
from benchmarks.generators import Generators
from benchmarks.load import Done
from benchmarks.progress import say
from benchmarks.results import Row
from benchmarks.rounds import Rounds
from benchmarks.world import World, opened
from identity_service.settings import Settings
from identity_service.storage.database import Database
from tests.services.places import free_port

LIMITS = {"rpc_verify_otp": 0.30, "rpc_request_otp": 0.25}
CALLS = {"rpc_empty": 8000, "rpc_verify_otp": 3000, "rpc_request_otp": 3000}
WARM_UP_CALLS = 1500
SERVER_PROCESSES = 2
HAND_OFF_SECONDS = 10
EMPTY = f"/{empty_server.SERVICE}/{empty_server.METHOD}"
VERIFY, REQUEST = "/identity.v1.SessionService/VerifyOtp", "/identity.v1.SessionService/RequestOtp"
_CLIENT = client_context_pb2.ClientContext(ip_address="192.0.2.7", user_agent="benchmarks/1.0", locale="en")


@dataclass(frozen=True)
class Servers:
    """Server processes that share an address."""

    address: str
    processes: Sequence[int]
    api_key: str = ""


@dataclass(frozen=True)
class Stage:
    """Everything that a measurement needs, up and running."""

    world: World
    generators: Generators
    database: Database
    service: Servers
    empty: Servers

    def call(self, servers: Servers, method: str, requests: Sequence[Message]) -> Done:
        serialized = [request.SerializeToString() for request in requests]
        return self.generators.run(servers.address, servers.processes, method, serialized, servers.api_key)


def measure(world: World, names: Sequence[str], rounds: Rounds) -> list[Row]:
    """The wanted ones of `LIMITS`, and the empty call that they are measured against."""
    rates: dict[str, list[float]] = {name: [] for name in ("rpc_empty", *names)}
    with _stage(world) as stage:
        _warm_up(stage, tuple(rates))
        for number in rounds:
            for name, found in rates.items():
                rounds.begin()
                found.append(_MEASURES[name](stage, CALLS[name]))
                rounds.report(name, number, f"{found[-1]:.0f} calls/s")
    return [_row(name, found, rates["rpc_empty"]) for name, found in rates.items()]


def _row(name: str, rates: list[float], empty: list[float]) -> Row:
    if name not in LIMITS:
        return Row(name, rates, "calls/s")
    ratios = [rate / base for rate, base in zip(rates, empty, strict=True)]
    return Row(name, rates, "calls/s", limit=LIMITS[name], ratios=ratios)


def _warm_up(stage: Stage, names: Sequence[str]) -> None:
    say("rpc: warming up")
    for name in names:
        _MEASURES[name](stage, WARM_UP_CALLS)
    people.settle(stage.database)
    for name in names:
        _MEASURES[name](stage, WARM_UP_CALLS)


@contextmanager
def _stage(world: World) -> Iterator[Stage]:
    url = world.new_database()
    settings = world.settings(url) | {"GRPC_PROCESSES": str(SERVER_PROCESSES)}
    with ExitStack() as stack:
        empty = stack.enter_context(_empty_servers())
        command = stack.enter_context(running("serve", settings, world.folder))
        command.wait_until_it_listens(settings["GRPC_ADDRESS"])
        generators = stack.enter_context(Generators(world.folder))
        database = stack.enter_context(opened(url))
        service = Servers(settings["GRPC_ADDRESS"], command.processes(), world.api_key(settings))
        yield Stage(world, generators, database, service, empty)


@contextmanager
def _empty_servers() -> Iterator[Servers]:
    """As many processes, with as many threads, as `serve` has."""
    address = f"127.0.0.1:{free_port()}"
    threads = str(Settings.model_fields["grpc_threads"].default)
    command = [sys.executable, "-m", empty_server.__name__, address, threads]
    servers = [
        subprocess.Popen([*command, str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for number in range(SERVER_PROCESSES)
    ]
    try:
        for server in servers:
            cast(IO[str], server.stdout).readline()
        yield Servers(address, [server.pid for server in servers])
    finally:
        for server in servers:
            server.communicate()


def _empty(stage: Stage, number: int) -> float:
    done = stage.generators.run(stage.empty.address, stage.empty.processes, EMPTY, [b""] * number)
    return number / (done.ended - done.began)


def _verify_otp(stage: Stage, number: int) -> float:
    """Every call is of a user of its own, and succeeds."""
    able = people.add_challenged(stage.database, stage.world.key_ring, number)
    requests = [pb.VerifyOtpRequest(client=_CLIENT, email=who.email, code=who.code) for who in able]
    done = stage.call(stage.service, VERIFY, requests)
    return number / (done.ended - done.began)


def _request_otp(stage: Stage, number: int) -> float:
    """Every call is of an existing user; the time ends when Redis has the last of the mails."""
    broker = stage.world.broker()
    broker.flushdb()
    users = people.add_users(stage.database, number)
    requests = [pb.RequestOtpRequest(client=_CLIENT, email=user.email) for user in users]
    done = stage.call(stage.service, REQUEST, requests)
    return number / (_handed_off(broker, number) - done.began)


def _handed_off(broker: "redis.Redis", number: int) -> float:
    """When Redis has had that many mails to deliver."""
    deadline = time.monotonic() + HAND_OFF_SECONDS
    while broker.llen("dramatiq:high") < number:
        if time.monotonic() > deadline:
            raise RuntimeError("not every mail was handed off to Redis")
        time.sleep(0.001)
    return time.monotonic()


_MEASURES: dict[str, Callable[[Stage, int], float]] = {
    "rpc_empty": _empty,
    "rpc_verify_otp": _verify_otp,
    "rpc_request_otp": _request_otp,
}
