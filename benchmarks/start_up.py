"""How long `identity-service dev` takes to answer, and how much memory each process holds."""

import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import grpc
from identity.v1 import session_service_pb2 as pb
from identity.v1.session_service_pb2_grpc import SessionServiceStub

from benchmarks import memory
from benchmarks.commands import Command, running
from benchmarks.progress import say
from benchmarks.results import Row
from benchmarks.world import World
from tests.services.places import free_port

LIMIT_SECONDS = 1.5
SETTLE_SECONDS = 2
_SERVE = ("serve_parent", "serve_grpc", "serve_grpc", "serve_http")
_WORKER = ("worker_parent", "worker_high", "worker_normal_low")


def measure(world: World, rounds: int) -> list[Row]:
    """`dev` in an empty folder and in one it has used before, and the memory of `dev`, `serve` and `worker`."""
    first, again, resident = [], [], []
    _time_of_start(world.folder)  # reads every file once
    for number in range(1, rounds + 1):
        with tempfile.TemporaryDirectory(dir=world.folder) as name:
            first.append(_time_of_start(Path(name))[0])
            seconds, mebibytes = _time_of_start(Path(name))
            again.append(seconds)
            resident.append(mebibytes)
        say(f"start_up: round {number} of {rounds}: {first[-1]:.2f} s, again {again[-1]:.2f} s")
    return [
        Row("start_up", first, "s", limit=LIMIT_SECONDS),
        Row("start_up_again", again, "s", limit=LIMIT_SECONDS),
        Row("memory_dev", resident, "MiB"),
        *_memory_in_production(world),
    ]


def _time_of_start(folder: Path) -> tuple[float, float]:
    """Seconds from the process's start to its first answer to a call that writes, and its resident memory after."""
    address = f"127.0.0.1:{free_port()}"
    settings = {"GRPC_ADDRESS": address, "HTTP_ADDRESS": f"127.0.0.1:{free_port()}"}
    began = time.monotonic()
    with running("dev", settings, folder) as dev:
        dev.wait_until_it_listens(address)
        _call(address)
        return time.monotonic() - began, _resident(dev)


def _call(address: str) -> None:
    with grpc.insecure_channel(address) as channel:
        SessionServiceStub(channel).RequestOtp(pb.RequestOtpRequest(email="ada@example.com"), timeout=10)


def _resident(command: Command) -> float:
    time.sleep(SETTLE_SECONDS)
    return sum(member.mebibytes for member in memory.of_family(command.pid))


def _memory_in_production(world: World) -> list[Row]:
    settings = world.settings(world.new_database())
    with ExitStack() as stack:
        server = stack.enter_context(running("serve", settings, world.folder))
        worker = stack.enter_context(running("worker", settings, world.folder))
        server.wait_until_it_listens(settings["GRPC_ADDRESS"])
        server.wait_until_it_listens(settings["HTTP_ADDRESS"])
        _call(settings["GRPC_ADDRESS"])
        time.sleep(SETTLE_SECONDS)
        members = [
            *zip(_SERVE, memory.of_family(server.pid), strict=False),
            *zip(_WORKER, memory.of_family(worker.pid), strict=False),
        ]
    by_name: dict[str, list[float]] = {}
    for name, member in members:
        by_name.setdefault(f"memory_{name}", []).append(member.mebibytes)
    return [Row(name, figures, "MiB") for name, figures in by_name.items()]
