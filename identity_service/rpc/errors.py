"""The one table from domain errors to gRPC statuses and their details (google.rpc.ErrorInfo and others)."""

from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import error_details_pb2 as details
from google.rpc import status_pb2
from grpc import StatusCode

from identity_service.errors import (
    Aborted,
    AlreadyExists,
    DomainError,
    FailedPrecondition,
    InvalidInput,
    LimitExceeded,
    NotFound,
    PermissionDenied,
    Unauthenticated,
    Unavailable,
)

DOMAIN = "identity.service"
"""`ErrorInfo.domain` of every error of this service."""

_CODES: dict[type[DomainError], StatusCode] = {
    InvalidInput: StatusCode.INVALID_ARGUMENT,
    Unauthenticated: StatusCode.UNAUTHENTICATED,
    PermissionDenied: StatusCode.PERMISSION_DENIED,
    NotFound: StatusCode.NOT_FOUND,
    AlreadyExists: StatusCode.ALREADY_EXISTS,
    FailedPrecondition: StatusCode.FAILED_PRECONDITION,
    Aborted: StatusCode.ABORTED,
    LimitExceeded: StatusCode.RESOURCE_EXHAUSTED,
    Unavailable: StatusCode.UNAVAILABLE,
}

_UNEXPECTED = DomainError("The service failed unexpectedly. Its operator finds the details under the request id.")


class ServerBusy(LimitExceeded):
    """This process has as many calls in hand as it takes."""

    reason = "SERVER_BUSY"
    message = "The server has too many calls in hand. Try again."


class TooManyStreams(LimitExceeded):
    """This process serves as many streams as it takes."""

    reason = "TOO_MANY_STREAMS"
    message = "The server has too many streams open. Poll instead, or try again later."


def code_of(error: BaseException) -> StatusCode:
    """The status code that `error` leads to; INTERNAL for what no journey raises on purpose."""
    for family in type(error).__mro__:
        code = _CODES.get(family)
        if code is not None:
            return code
    return StatusCode.INTERNAL


def to_status(error: BaseException) -> status_pb2.Status:
    """The rich status for `error`. Of an unexpected one it says nothing but that it happened."""
    code = code_of(error)
    known = error if isinstance(error, DomainError) and code is not StatusCode.INTERNAL else _UNEXPECTED
    status = status_pb2.Status(code=code.value[0], message=_words(known))
    for detail in _details(known):
        packed = Any()
        packed.Pack(detail)
        status.details.append(packed)
    return status


def _words(error: DomainError) -> str:
    """The first field at fault is among them: to people at a terminal, the details are so much base64."""
    if isinstance(error, InvalidInput) and error.fields and error.message == InvalidInput.message:
        first = error.fields[0]
        return f"{error.message.removesuffix('.')}: {f'{first.field} {first.description}'.strip()}."
    return error.message


def _details(error: DomainError) -> list[Message]:
    info = details.ErrorInfo(reason=error.reason, domain=DOMAIN)
    if isinstance(error, InvalidInput):
        return [info, _bad_request(error)]
    if isinstance(error, LimitExceeded):
        return [info, _retry_info(error)]
    return [info]


def _bad_request(error: InvalidInput) -> details.BadRequest:
    violations = [
        details.BadRequest.FieldViolation(field=violation.field, description=violation.description)
        for violation in error.fields
    ]
    return details.BadRequest(field_violations=violations)


def _retry_info(error: LimitExceeded) -> details.RetryInfo:
    delay = Duration()
    delay.FromTimedelta(error.retry_after)
    return details.RetryInfo(retry_delay=delay)
