"""Finds out who calls, and whether they may call this RPC."""

import grpc
import structlog
from google.protobuf.message import Message

from identity_service.rpc.callers import Authenticator, set_current_caller
from identity_service.rpc.interceptors.method import Handler, Method


class CallerAuthentication:
    """Sets the current caller, once it is known and holds the scope that the RPC declares."""

    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator

    def wrap(self, method: Method, proceed: Handler) -> Handler:
        """See `Interceptor`."""

        def authenticated(request: Message, context: grpc.ServicerContext) -> object:
            caller = self._authenticator.admit(context, method.scope)
            set_current_caller(caller)
            structlog.contextvars.bind_contextvars(tenant_id=caller.tenant_id, caller=caller.name)
            return proceed(request, context)

        return authenticated
