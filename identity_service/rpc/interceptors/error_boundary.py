"""The outermost interceptor: whatever is raised leaves as a status of the table in `rpc.errors`."""

from collections.abc import Iterator
from typing import Any, Never

import grpc
import structlog
from google.protobuf.message import Message
from grpc_status import rpc_status

from identity_service.rpc import errors
from identity_service.rpc.interceptors import request_context
from identity_service.rpc.interceptors.method import Handler, Method

_log = structlog.get_logger(__name__)


class ErrorBoundary:
    """Ends failed calls with the right status, and logs those that nobody foresaw."""

    def wrap(self, method: Method, proceed: Handler) -> Handler:
        """See `Interceptor`."""
        return _guarded_stream(method, proceed) if method.streams else _guarded(method, proceed)


def _guarded(method: Method, proceed: Handler) -> Handler:
    def guarded(request: Message, context: grpc.ServicerContext) -> Message:
        try:
            answer: Message = proceed(request, context)
        except Exception as error:
            _abort(method, context, error)
        return answer

    return guarded


def _guarded_stream(method: Method, proceed: Handler) -> Handler:
    def guarded_stream(request: Message, context: grpc.ServicerContext) -> Iterator[Message]:
        try:
            yield from proceed(request, context)
        except grpc.RpcError:  # the client is gone in the middle of its own stream: gRPC knows, it raised this
            raise
        except Exception as error:
            _abort(method, context, error)

    return guarded_stream


def _abort(method: Method, context: grpc.ServicerContext, error: Exception) -> Never:
    if errors.code_of(error) is grpc.StatusCode.INTERNAL:
        _log.error("rpc.failed", rpc=method.name, exc_info=error)
    status: Any = rpc_status.to_status(errors.to_status(error))
    context.abort_with_status(status._replace(trailing_metadata=_with_request_id(status)))


def _with_request_id(status: Any) -> tuple[tuple[str, str | bytes], ...]:
    return (*status.trailing_metadata, *request_context.trailing_metadata())
