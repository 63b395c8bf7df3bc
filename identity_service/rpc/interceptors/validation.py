"""Holds every request to the rules that the contract states (protovalidate)."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import grpc
from google.protobuf.message import DecodeError, Message
from protovalidate import FieldPathElementPb, Validator, Violation

from identity_service.errors import FieldViolation, InvalidInput
from identity_service.rpc.interceptors.method import Handler, Method
from identity_service.rpc.interceptors.pattern_words import PATTERN_WORDS

# Bytes. Each wrong element of a list is a violation: to collect 200,000 of them would stop the process for seconds.
_LONGEST_TO_EXPLAIN = 8 * 1024
_MOST_VIOLATIONS = 16  # they travel in a trailer, which clients refuse beyond 8 KiB
_collect = Validator().collect_violations  # one for the process: it keeps the rules that it has compiled


class MalformedRequest:
    """Stands for a request whose bytes are no message of the RPC's request type."""


def tolerant(deserialize: Callable[[bytes], Message]) -> Callable[[bytes], Message | MalformedRequest]:
    """A deserializer that hands bytes it cannot read to the interceptors.

    gRPC itself would answer INTERNAL and log them, for what is the client's mistake.
    """

    def deserialize_or_mark(serialized: bytes) -> Message | MalformedRequest:
        try:
            return deserialize(serialized)
        except DecodeError:
            return MalformedRequest()

    return deserialize_or_mark


class RequestValidation:
    """Refuses requests that break a rule, naming each field that does."""

    def wrap(self, method: Method, proceed: Handler) -> Handler:
        """See `Interceptor`. Compiles the rules, so that a bad one is found at start-up."""
        _collect(method.request_type())

        def check(request: Message | MalformedRequest) -> None:
            if isinstance(request, MalformedRequest):
                raise InvalidInput([], "The request is not a well-formed message of this call.")
            if broken := violations_of(request, fail_fast=request.ByteSize() > _LONGEST_TO_EXPLAIN):
                raise InvalidInput(broken)

        return _validated_stream(check, proceed) if method.takes_stream else _validated(check, proceed)


def _validated(check: Callable[[Any], None], proceed: Handler) -> Handler:
    def validated(request: Message | MalformedRequest, context: grpc.ServicerContext) -> object:
        check(request)
        return proceed(request, context)

    return validated


def _validated_stream(check: Callable[[Any], None], proceed: Handler) -> Handler:
    """Each message as it comes."""

    def checked(requests: Iterator[Any]) -> Iterator[Any]:
        for request in requests:
            check(request)
            yield request

    def validated_stream(requests: Iterator[Any], context: grpc.ServicerContext) -> object:
        return proceed(checked(requests), context)

    return validated_stream


def violations_of(message: Message, *, fail_fast: bool) -> list[FieldViolation]:
    """The rules that a message breaks, as they are answered; with `fail_fast` the first one."""
    broken = _collect(message, fail_fast=fail_fast)
    return [_field_violation(violation, message) for violation in broken[:_MOST_VIOLATIONS]]


def _field_violation(violation: Violation, of: Message) -> FieldViolation:
    elements = violation.proto.field.elements if violation.proto.field is not None else ()
    path = _path(elements)
    return FieldViolation(path, _words(violation, of.DESCRIPTOR.oneofs_by_name.get(path)))


def _words(violation: Violation, choice: Any) -> str:
    if choice is not None:
        return f"must be exactly one of {', '.join(field.name for field in choice.fields)}"
    if violation.proto.rule_id == "string.pattern":
        return PATTERN_WORDS.get(violation.rule_value, violation.proto.message)
    return violation.proto.message


def _path(elements: Iterable[FieldPathElementPb]) -> str:
    parts = (element.field_name + _subscript(element) for element in elements)
    return ".".join(parts)


def _subscript(element: FieldPathElementPb) -> str:
    return f"[{element.subscript.value}]" if element.subscript is not None else ""
