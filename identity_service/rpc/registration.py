"""Puts services on a server, with interceptors around each handler and a lane under it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Never, cast

import grpc

from identity_service.errors import LimitExceeded
from identity_service.rpc import errors
from identity_service.rpc.interceptors import surround
from identity_service.rpc.interceptors.method import Handler, Interceptor, Method, methods_of
from identity_service.rpc.interceptors.validation import MalformedRequest, tolerant
from identity_service.rpc.lanes import Lane, LanedHandler, Lanes, MethodHandler
from identity_service.rpc.patience import Patience

Registration = Callable[[grpc.Server], None]
"""Adds one servicer: `functools.partial(add_AccountServiceServicer_to_server, servicer)`."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What goes around every handler: `patience`, then `observing`, also around refused calls, then `admitting`."""

    patience: Patience
    observing: Sequence[Interceptor]
    admitting: Sequence[Interceptor]


def register(server: grpc.Server, registration: Registration, lanes: Lanes, around: Surroundings) -> str:
    """Add a service of the contract; answers its full name."""

    def build(service: str, handlers: Mapping[str, MethodHandler]) -> dict[str, MethodHandler]:
        methods = methods_of(service)
        return {name: _contract_handler(methods[name], raw, lanes, around) for name, raw in handlers.items()}

    return _register(server, registration, build)


def register_plain(
    server: grpc.Server, registration: Registration, lane: Lane, refusals: Lane, around: Surroundings
) -> str:
    """Add a service of gRPC's own (health, reflection); answers its full name. Only its refusals have interceptors."""

    def build(service: str, handlers: Mapping[str, MethodHandler]) -> dict[str, MethodHandler]:
        methods = methods_of(service)
        refusal = {
            name: _refusal(method, errors.ServerBusy(timedelta(seconds=1)), refusals, around.observing)
            for name, method in methods.items()
        }
        return {name: _plain_handler(raw, lane, refusal[name], around.patience) for name, raw in handlers.items()}

    return _register(server, registration, build)


Builder = Callable[[str, Mapping[str, MethodHandler]], dict[str, MethodHandler]]


class _Capture:
    """Stands in for the server while generated code registers a servicer, and keeps what it registers."""

    def __init__(self) -> None:
        self.service = ""
        self.handlers: Mapping[str, MethodHandler] = {}

    def add_generic_rpc_handlers(self, handlers: object) -> None:
        """The same handlers in the older form; the registered ones take precedence."""

    def add_registered_method_handlers(self, service: str, handlers: Mapping[str, MethodHandler]) -> None:
        self.service, self.handlers = service, handlers


def _register(server: grpc.Server, registration: Registration, build: Builder) -> str:
    capture = _Capture()
    registration(cast(grpc.Server, capture))
    server.add_registered_method_handlers(capture.service, build(capture.service, capture.handlers))
    return capture.service


def _contract_handler(method: Method, raw: MethodHandler, lanes: Lanes, around: Surroundings) -> LanedHandler:
    lane, full = _lane_of(method, lanes)
    kind = f"{_arity(method.takes_stream)}_{_arity(method.streams)}"
    behaviour = surround(method, getattr(raw, kind), [*around.observing, *around.admitting])
    deserialize = raw.request_deserializer
    return LanedHandler(
        lane=lane,
        refusal=_refusal(method, full, lanes.refusals, around.observing),
        request_streaming=True,  # see `patience`
        response_streaming=method.streams,
        request_deserializer=tolerant(deserialize) if deserialize is not None else None,
        response_serializer=raw.response_serializer,
        **{_kind_of(method): _in_lane(_reading(method, behaviour, around.patience), lane)},
    )


def _kind_of(method: Method) -> str:
    return "stream_stream" if method.streams else "stream_unary"


def _reading(method: Method, behaviour: Handler, patience: Patience) -> Handler:
    """Outside of the interceptors, because what gRPC raises for a cancelled call must reach it unchanged."""

    def reading_each(requests: Iterator[Any], context: grpc.ServicerContext) -> Any:
        return behaviour(patience.read_each(requests, context), context)

    def reading(requests: Iterator[Any], context: grpc.ServicerContext) -> Any:
        return behaviour(patience.read(requests, context), context)

    return reading_each if method.takes_stream else reading


def _lane_of(method: Method, lanes: Lanes) -> tuple[Lane, LimitExceeded]:
    if method.streams:
        return lanes.streams, errors.TooManyStreams(timedelta(seconds=5))
    return lanes.calls, errors.ServerBusy(timedelta(seconds=1))


def _refusal(method: Method, error: LimitExceeded, lane: Lane, observing: Sequence[Interceptor]) -> LanedHandler:
    def refuse(request: object, context: grpc.ServicerContext) -> Never:
        raise error

    return LanedHandler(
        lane=lane,
        refusal=None,
        request_streaming=True,  # so that gRPC does not wait for the request before it calls `refuse`
        response_streaming=method.streams,
        request_deserializer=None,
        response_serializer=None,
        **{_kind_of(method): _in_lane(surround(method, refuse, observing), lane)},
    )


def _plain_handler(raw: MethodHandler, lane: Lane, refusal: LanedHandler, patience: Patience) -> LanedHandler:
    kind = f"{_arity(raw.request_streaming)}_{_arity(raw.response_streaming)}"
    behaviour = getattr(raw, kind)
    return LanedHandler(
        lane=lane,
        refusal=refusal,
        request_streaming=True,
        response_streaming=raw.response_streaming,
        request_deserializer=raw.request_deserializer,
        response_serializer=raw.response_serializer,
        **{
            f"stream_{_arity(raw.response_streaming)}": _in_lane(
                behaviour if raw.request_streaming else _one_read(behaviour, patience), lane
            )
        },
    )


def _one_read(behaviour: Handler, patience: Patience) -> Handler:
    def reading(requests: Iterator[Any], context: grpc.ServicerContext, *more: Any, **named: Any) -> Any:
        request = patience.read(requests, context)
        if isinstance(request, MalformedRequest):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "The request is missing.")
        return behaviour(request, context, *more, **named)

    reading.experimental_non_blocking = getattr(behaviour, "experimental_non_blocking", False)  # type: ignore[attr-defined]
    return reading


def _arity(streaming: bool) -> str:
    return "stream" if streaming else "unary"


def _in_lane(behaviour: Handler, lane: Lane) -> Handler:
    """gRPC runs a handler in the pool that it names by this attribute, as its own health service does."""

    def laned(*arguments: Any, **named: Any) -> Any:
        return behaviour(*arguments, **named)

    laned.experimental_thread_pool = lane  # type: ignore[attr-defined]
    laned.experimental_non_blocking = getattr(behaviour, "experimental_non_blocking", False)  # type: ignore[attr-defined]
    return laned
