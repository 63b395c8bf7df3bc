"""How long `identity-service dev` takes to answer, and how much memory each process holds."""

import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import grpc
from identity.v1 import session_service_pb2 as pb
from identity.v1.session_service_pb2_grpc import SessionServiceStub

from benchmarks.commands import Command, running
from benchmarks.proc import resident_mebibytes
from benchmarks.results import Row
from benchmarks.rounds import Rounds
from benchmarks.world import World
from tests.services.places import free_port
from tests.services.service import with_key

LIMIT_SECONDS = 1.5
SETTLE_SECONDS = 2
_SERVE = ("serve_parent", "serve_grpc", "serve_grpc", "serve_http")
_WORKER = ("worker_parent", "worker_high", "worker_normal_low")


def measure(world: World, rounds: Rounds) -> list[Row]:
    """`dev` in an empty folder and in one it has used before, and the memory of `dev`, `serve` and `worker`."""
    first, again, resident = [], [], []
    _time_of_start(world.folder)  # reads every file once
    for number in rounds:
        rounds.begin()
        with tempfile.TemporaryDirectory(dir=world.folder) as name:
            first.append(_time_of_start(Path(name))[0])
            seconds, mebibytes = _time_of_start(Path(name))
            again.append(seconds)
            resident.append(mebibytes)
        rounds.report("start_up", number, f"{first[-1]:.2f} s, again {again[-1]:.2f} s")
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


def _call(address: str, api_key: str = "") -> None:
    with grpc.insecure_channel(address) as channel:
        SessionServiceStub(with_key(channel, api_key)).RequestOtp(
            pb.RequestOtpRequest(email="ada@example.com"), timeout=10
        )


def _resident(command: Command) -> float:
    time.sleep(SETTLE_SECONDS)
    return sum(map(resident_mebibytes, command.processes()))


def _memory_in_production(world: World) -> list[Row]:
    settings = world.settings(world.new_database())
    with ExitStack() as stack:
        server = stack.enter_context(running("serve", settings, world.folder))
        worker = stack.enter_context(running("worker", settings, world.folder))
        server.wait_until_it_listens(settings["GRPC_ADDRESS"])
        server.wait_until_it_listens(settings["HTTP_ADDRESS"])
        _call(settings["GRPC_ADDRESS"], world.api_key(settings))
        time.sleep(SETTLE_SECONDS)
        members = [*zip(_SERVE, server.processes(), strict=True), *zip(_WORKER, worker.processes(), strict=True)]
        by_name: dict[str, list[float]] = {}
        for name, pid in members:
            by_name.setdefault(f"memory_{name}", []).append(resident_mebibytes(pid))
    return [Row(name, figures, "MiB") for name, figures in by_name.items()]
