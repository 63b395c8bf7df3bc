from collections.abc import Callable, Iterator
from contextlib import ExitStack

import grpc
import pytest

from identity_service.rpc.server import RpcServer
from tests.rpc.fakes import World

StartServer = Callable[[World], RpcServer]
Connect = Callable[[int], grpc.Channel]


@pytest.fixture
def start_server() -> Iterator[StartServer]:
    """Builds and starts servers, and stops them after the test if it did not."""
    with ExitStack() as stack:

        def start(world: World) -> RpcServer:
            server = world.build()
            server.start()
            stack.callback(server.drain)
            return server

        yield start


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Opens channels to a local port, each with a connection of its own."""
    with ExitStack() as stack:
        yield lambda port: stack.enter_context(
            grpc.insecure_channel(f"127.0.0.1:{port}", [("grpc.use_local_subchannel_pool", 1)])
        )
