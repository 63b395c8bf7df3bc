"""Holds every request to the rules that the contract states (protovalidate)."""

from collections.abc import Callable, Iterator
from typing import Any

import grpc
from google.protobuf.message import DecodeError, Message

from identity_service.errors import InvalidInput
from identity_service.rpc.interceptors.method import Handler, Method
from identity_service.rpc.violations import violations_of

# Bytes. Each wrong element of a list is a violation: to collect 200,000 of them would stop the process for seconds.
_LONGEST_TO_EXPLAIN = 8 * 1024


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
        violations_of(method.request_type(), fail_fast=False)

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
