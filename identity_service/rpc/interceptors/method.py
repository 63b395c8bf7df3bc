"""What the interceptors know of an RPC, and what they are."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import grpc
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from identity.v1 import authorization_pb2

Handler = Callable[[Any, grpc.ServicerContext], Any]
"""Takes a request and a context; answers a message, or an iterator of messages where the RPC streams.

Where the client streams, the request is an iterator of messages, too."""


@dataclass(frozen=True, slots=True)
class Method:
    """One RPC: `name` as in a path (`identity.v1.SessionService/SignIn`), and the scope that it declares.

    `streams` says that its answer is a stream, `takes_stream` that its request is one.
    """

    name: str
    scope: str
    streams: bool
    request_type: type[Message]
    takes_stream: bool = False


class Interceptor(Protocol):
    """One concern that surrounds every call."""

    def wrap(self, method: Method, proceed: Handler) -> Handler:
        """A handler that does this concern's part and calls `proceed`. Called once per RPC, at start-up.

        The returned handler may be running in many threads at once.
        """
        ...


def methods_of(service: str) -> dict[str, Method]:
    """The RPCs of a service by their short names, from its descriptor."""
    descriptor = descriptor_pool.Default().FindServiceByName(service)
    return {method.name: _method(service, method) for method in descriptor.methods}


def scopes_of(services: Iterable[str]) -> frozenset[str]:
    """Every scope that an RPC of these services needs."""
    return frozenset(method.scope for service in services for method in methods_of(service).values())


def _method(service: str, method: MethodDescriptor) -> Method:
    options: Any = method.GetOptions()  # extensions have no types
    scope: str = options.Extensions[authorization_pb2.scope]
    request_type = message_factory.GetMessageClass(method.input_type)
    return Method(f"{service}/{method.name}", scope, method.server_streaming, request_type, method.client_streaming)
