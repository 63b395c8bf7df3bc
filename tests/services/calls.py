"""Calls of whichever RPC, and what came of them."""

from typing import Any, NamedTuple

import grpc
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor

from tests.services.contract import is_ours
from tests.services.front import Front
from tests.services.service import reason

CALL_SECONDS = 20


class Answer(NamedTuple):
    """What came of a call, as far as it may be told: status, reason, words, and which fields were filled."""

    code: grpc.StatusCode
    reason: str = ""
    words: str = ""
    shape: tuple[str, ...] = ()


class Calls:
    """Calls by name, as one caller makes them."""

    def __init__(self, front: Front, key: str = "") -> None:
        self._channel = front.channel(key)

    def __call__(self, method: MethodDescriptor, request: Any) -> Answer:
        call = callable_of(self._channel, method)
        try:
            if not method.server_streaming:
                return Answer(grpc.StatusCode.OK, shape=shape(call(request, timeout=CALL_SECONDS)))
            for answer in call(iter([request]) if method.client_streaming else request, timeout=CALL_SECONDS):
                return Answer(grpc.StatusCode.OK, shape=shape(answer))
        except grpc.RpcError as error:
            return Answer(error.code(), reason(error), error.details())
        return Answer(grpc.StatusCode.OK)


def callable_of(channel: grpc.Channel, method: MethodDescriptor) -> Any:
    """What calls the method over that channel: with a request, or an iterator of requests where these are streamed."""
    arity = ["stream" if streams else "unary" for streams in (method.client_streaming, method.server_streaming)]
    return getattr(channel, "_".join(arity))(
        f"/{method.containing_service.full_name}/{method.name}",
        request_serializer=message_factory.GetMessageClass(method.input_type).SerializeToString,
        response_deserializer=message_factory.GetMessageClass(method.output_type).FromString,
    )


def shape(message: Any, before: str = "") -> tuple[str, ...]:
    """The fields that are filled, one by one, with their values where these are no texts, times or ids."""
    found = []
    for field, value in message.ListFields():
        for each in value if field.is_repeated else [value]:
            if is_ours(field.message_type):
                found.extend(shape(each, f"{before}{field.name}."))
            else:
                found.append(f"{before}{field.name}{each if isinstance(each, int) else ''}")
    return tuple(found)
