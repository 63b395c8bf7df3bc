"""Several server processes at one address."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import grpc
import pytest
from identity.v1 import session_service_pb2_grpc

from tests.rpc.fakes import sign_in_request


@pytest.fixture
def crew() -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen([sys.executable, "-m", "tests.rpc.crew"], stdout=subprocess.PIPE, text=True)
    yield process
    process.terminate()
    process.wait(30)
    assert process.stdout is not None
    process.stdout.close()


def serving_process(port: int) -> int:
    """A call over a connection of its own, and who answered it."""
    with grpc.insecure_channel(f"127.0.0.1:{port}", [("grpc.use_local_subchannel_pool", 1)]) as channel:
        stub = session_service_pb2_grpc.SessionServiceStub(channel)
        return int(stub.SignIn(sign_in_request(), wait_for_ready=True, timeout=20).user.user_id)


def wait_for_processes(port: int, count: int, *, without: set[int] = frozenset()) -> set[int]:
    deadline = time.monotonic() + 30
    seen: set[int] = set()
    while len(seen) < count:
        assert time.monotonic() < deadline, seen
        try:
            seen |= {serving_process(port)} - without
        except grpc.RpcError:
            continue  # a connection that the killed process had accepted
    return seen


def test_processes_share_the_port_one_that_dies_is_replaced_and_a_stop_is_clean(
    crew: subprocess.Popen[str],
) -> None:
    assert crew.stdout is not None
    port = int(crew.stdout.readline())
    first, second = wait_for_processes(port, 2)
    os.kill(first, signal.SIGKILL)
    replaced = wait_for_processes(port, 2, without={first})
    assert second in replaced
    crew.send_signal(signal.SIGTERM)
    assert crew.wait(20) == 0
