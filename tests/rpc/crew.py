"""Two server processes that share a port under a supervisor, for a test.

    python -m tests.rpc.crew

It prints the port. SignIn answers the id of the process that served it.
"""

import os
import sys

from identity.v1.session_service_pb2 import SignInRequest, SignInResponse
from identity.v1.user_pb2 import User

from identity_service.cli.processes import ChildProcess, RestartPolicy, supervise
from identity_service.cli.signals import stop_requested
from identity_service.rpc.addresses import PortClaim, parse_address
from identity_service.rpc.server import ServerSettings
from tests.rpc.fakes import World


def sign_in(request: SignInRequest) -> SignInResponse:
    return SignInResponse(user=User(user_id=str(os.getpid())))


def serve(address: str) -> None:
    stop = stop_requested()
    server = World(sign_in=sign_in, settings=ServerSettings(address, share_port=True)).build()
    server.start()
    stop.wait()
    server.drain()


def main() -> None:
    claim = PortClaim(parse_address("127.0.0.1:0"))
    sys.stdout.write(f"{claim.port}\n")
    sys.stdout.flush()
    children = [ChildProcess(f"server-{number}", serve, (claim.address,)) for number in (1, 2)]
    sys.exit(supervise(children, restarts=RestartPolicy(first_seconds=0.05)))


if __name__ == "__main__":
    from tests.rpc import crew

    crew.main()
