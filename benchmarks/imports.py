"""Users per second that one stream of ImportUsers takes, and whether the server's memory stays as it is meanwhile."""

import base64
import itertools
import os
import time
from collections.abc import Iterator

import grpc
from identity.v1 import user_service_pb2 as pb
from identity.v1.user_service_pb2_grpc import UserServiceStub

from benchmarks.commands import Command, running
from benchmarks.proc import resident_mebibytes
from benchmarks.results import Row
from benchmarks.rounds import Rounds
from benchmarks.world import World
from tests.services.service import with_key

USERS, CHUNK, WARM_UP = 50_000, 500, 5_000
LEAST_PER_SECOND = 5_000
DOMAINS = 1_000
_numbers = itertools.count()


def measure(world: World, rounds: Rounds) -> list[Row]:
    """Users/s over a whole import, and MiB by which the server processes have grown since the warm-up."""
    settings, rates, grown = world.settings(world.new_database()), [], []
    with running("serve", settings, world.folder) as server:
        server.wait_until_it_listens(settings["GRPC_ADDRESS"])
        with grpc.insecure_channel(settings["GRPC_ADDRESS"]) as channel:
            stub = UserServiceStub(with_key(channel, world.api_key(settings)))
            _rate(stub, WARM_UP)
            for number in rounds:
                rounds.begin()
                before = _resident(server)
                rates.append(_rate(stub, USERS))
                grown.append(_resident(server) - before)
                rounds.report("import_users", number, f"{rates[-1]:.0f} users/s, {grown[-1]:+.1f} MiB")
    return [
        Row("import_users", rates, "users/s", limit=LEAST_PER_SECOND, at_least=True),
        Row("import_users_memory", grown, "MiB", note="more than before the import"),
    ]


def _rate(stub: UserServiceStub, number: int) -> float:
    chunks = list(_chunks(number))
    began = time.monotonic()
    *_, last = stub.ImportUsers(iter(chunks), timeout=120)
    if last.imported_count != number:
        raise RuntimeError(f"refused: {last.refusals[:1]}")
    return number / (time.monotonic() - began)


def _chunks(number: int) -> Iterator[pb.ImportUsersRequest]:
    for _ in range(number // CHUNK):
        yield pb.ImportUsersRequest(users=[_user(next(_numbers)) for _ in range(CHUNK)])


def _user(number: int) -> pb.ImportedUser:
    return pb.ImportedUser(
        email=f"person.{number}@mail-{number % DOMAINS}.example.com",
        email_verified=True,
        password_hash=f"pbkdf2_sha256$720000${number:022}${base64.b64encode(os.urandom(32)).decode()}",
        given_name="Ada",
        family_name="Lovelace",
        user_type="Artist",
        locale="en",
        external_reference=str(number),
    )


def _resident(server: Command) -> float:
    return sum(map(resident_mebibytes, server.processes()))
