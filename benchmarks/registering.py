"""A storm: as many clients as told register new people as fast as the service lets them. Who is told that it is busy
comes back after the second that it asks for.

python -m benchmarks.registering ADDRESS CLIENTS   reads an API key, says `ready`, and storms until its input ends;
                                                   then says how many registered and how many were told to come back
"""

import itertools
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import IO, cast

import grpc
from identity.v1 import account_service_pb2 as pb
from identity.v1.account_service_pb2_grpc import AccountServiceStub

from benchmarks.load import CALL_SECONDS
from tests.services.service import with_key

BUSY_SECONDS = 1.0
PASSWORD = "fjord-quilt-ember-42"
_numbers = itertools.count(1)


@dataclass
class Storm:
    """What became of the registrations."""

    registered: int = 0
    refused: int = 0


@contextmanager
def storm(address: str, api_key: str, clients: int) -> Iterator[None]:
    """One in a process of its own, for the time of the block. Raises `RuntimeError` if nobody could register."""
    command = [sys.executable, "-m", __name__, address, str(clients)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    stdin, stdout = cast(IO[str], process.stdin), cast(IO[str], process.stdout)
    stdin.write(f"{api_key}\n")
    stdin.flush()
    stdout.readline()
    try:
        yield
    finally:
        said, _ = process.communicate()
    if not json.loads(said)["registered"]:
        raise RuntimeError("nobody could register")


def main() -> None:
    address, clients = sys.argv[1], int(sys.argv[2])
    api_key, over, counted = sys.stdin.readline().strip(), threading.Event(), Storm()
    threads = [threading.Thread(target=_register, args=(address, api_key, over, counted)) for _ in range(clients)]
    for thread in threads:
        thread.start()
    print("ready", flush=True)
    sys.stdin.read()
    over.set()
    for thread in threads:
        thread.join()
    print(json.dumps(asdict(counted)), flush=True)


def _register(address: str, api_key: str, over: threading.Event, counted: Storm) -> None:
    options = [("grpc.use_local_subchannel_pool", 1)]
    with grpc.insecure_channel(address, options=options) as channel:
        stub = AccountServiceStub(with_key(channel, api_key))
        while not over.is_set():
            email = f"storm-{next(_numbers)}-{id(channel)}@example.com"
            try:
                stub.RegisterUser(pb.RegisterUserRequest(email=email, password=PASSWORD), timeout=CALL_SECONDS)
                counted.registered += 1
            except grpc.RpcError as error:
                _expect_busy(error)
                counted.refused += 1
                over.wait(BUSY_SECONDS)


def _expect_busy(error: grpc.RpcError) -> None:
    if cast(grpc.Call, error).code() is not grpc.StatusCode.RESOURCE_EXHAUSTED:
        raise error


if __name__ == "__main__":
    main()
