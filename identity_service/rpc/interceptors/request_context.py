"""Gives every call an id, which its log lines carry and its answer names in the trailing metadata."""

import re
from contextvars import ContextVar
from secrets import token_hex

import grpc
import structlog
from google.protobuf.message import Message

from identity_service.rpc.interceptors.method import Handler, Method

HEADER = "x-request-id"
"""Metadata key, in calls and in answers."""

_ACCEPTED = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_current: ContextVar[str | None] = ContextVar("request_id", default=None)


class RequestContext:
    """Takes the id that the caller sent, if it is short and plain, or makes one."""

    def wrap(self, method: Method, proceed: Handler) -> Handler:
        """See `Interceptor`."""

        def with_context(request: Message, context: grpc.ServicerContext) -> object:
            request_id = _sent_id(context) or token_hex(16)
            _current.set(request_id)
            structlog.contextvars.bind_contextvars(request_id=request_id, rpc=method.name)
            context.set_trailing_metadata(((HEADER, request_id),))
            return proceed(request, context)

        return with_context


def trailing_metadata() -> tuple[tuple[str, str], ...]:
    """The metadata that names this call's id; empty if the call has none yet."""
    request_id = _current.get()
    return ((HEADER, request_id),) if request_id is not None else ()


def _sent_id(context: grpc.ServicerContext) -> str | None:
    for key, value in context.invocation_metadata():
        if key == HEADER and isinstance(value, str) and _ACCEPTED.fullmatch(value):
            return value
    return None
