"""Finds out who calls, and whether they may call this RPC."""

from collections.abc import Callable, Iterator
from typing import Any

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

        if method.takes_stream:
            return _admitted_requests(admit, _admitted_stream(admit, proceed))
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


def _admitted_requests(admit: Admit, proceed: Handler) -> Handler:
    """Before each request anew, as well: nothing takes effect once the key is over."""

    def admitted(requests: Iterator[Any], context: grpc.ServicerContext) -> Iterator[Any]:
        for request in requests:
            admit(context)
            yield request

    def admitted_requests(requests: Iterator[Any], context: grpc.ServicerContext) -> object:
        return proceed(admitted(requests, context), context)

    return admitted_requests
