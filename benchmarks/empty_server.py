"""What this machine can do at best: a call that does nothing, on the threads that the service's calls run on.

python -m benchmarks.empty_server ADDRESS THREADS NUMBER

It keeps to the NUMBERth core, as the processes of `serve` do here; prints `ready`, ends with its standard input.
"""

import sys
from typing import Any

import grpc

from identity_service.cli.cores import pin_to_core
from identity_service.rpc.lanes import make_lanes
from identity_service.rpc.transport import TransportLimits, channel_options

SERVICE, METHOD = "benchmarks.Empty", "Call"


def serve(address: str, threads: int) -> None:
    """Serve until standard input ends. No interceptors, no messages, nothing but gRPC."""
    lanes = make_lanes(threads=threads, max_calls=threads * 8, max_streams=1)
    options = channel_options(TransportLimits(), share_port=True)
    server = grpc.server(lanes.calls, options=options, maximum_concurrent_rpcs=lanes.capacity)
    handler: Any = grpc.unary_unary_rpc_method_handler(lambda request, context: b"")
    server.add_registered_method_handlers(SERVICE, {METHOD: handler})
    server.add_insecure_port(address)
    server.start()
    print("ready", flush=True)
    sys.stdin.read()
    server.stop(1).wait()


if __name__ == "__main__":
    pin_to_core(int(sys.argv[3]))
    serve(sys.argv[1], int(sys.argv[2]))
