"""What surrounds every call of the service, one concern a module, outermost first (see `surround`).

These are plain functions around a handler, put there once per RPC when a service is registered. gRPC's own
`ServerInterceptor` is asked for a handler again at every call, and sees a stream's failure only in part.
"""

from collections.abc import Sequence

from identity_service.rpc.interceptors.method import Handler, Interceptor, Method


def surround(method: Method, handler: Handler, interceptors: Sequence[Interceptor]) -> Handler:
    """`handler` inside `interceptors`, the first of which is the outermost."""
    for interceptor in reversed(interceptors):
        handler = interceptor.wrap(method, handler)
    return handler
