"""Finds out who calls, and whether they may call this RPC."""

from collections.abc import Callable, Iterator

import grpc
import structlog
from google.protobuf.message import Message

from identity_service.rpc.callers import Authenticator, set_current_caller
from identity_service.rpc.interceptors.method import Handler, Method

Admit = Callable[[grpc.ServicerContext], None]


class CallerAuthentication:
    """Sets the current caller, once it is known and holds the scope that the RPC declares."""

    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator

    def wrap(self, method: Method, proceed: Handler) -> Handler:
        """See `Interceptor`."""

        def admit(context: grpc.ServicerContext) -> None:
            caller = self._authenticator.admit(context, method.scope)
            set_current_caller(caller)
            structlog.contextvars.bind_contextvars(tenant_id=caller.tenant_id, caller=caller.name)

        return _admitted_stream(admit, proceed) if method.streams else _admitted(admit, proceed)


def _admitted(admit: Admit, proceed: Handler) -> Handler:
    def admitted(request: Message, context: grpc.ServicerContext) -> object:
        admit(context)
        return proceed(request, context)

    return admitted


def _admitted_stream(admit: Admit, proceed: Handler) -> Handler:
    """Before each answer anew: a stream may outlive its caller's key, and nothing is sent once that is over."""

    def admitted_stream(request: Message, context: grpc.ServicerContext) -> Iterator[Message]:
        admit(context)
        for answer in proceed(request, context):
            admit(context)
            yield answer

    return admitted_stream
