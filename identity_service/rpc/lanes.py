"""How many calls are served at once, and by which threads.

gRPC's synchronous server gives each call in progress a thread. Calls are therefore sorted into lanes, each
with threads of its own and a bound on the calls it takes: streams, which hold a thread while clients watch,
cannot starve the others, and health is answered under any load.

A call that its lane has no room for is answered by the lane for refusals, with a status that says why. gRPC's
own `maximum_concurrent_rpcs`, whose status bears no details, lies beyond all lanes; it bounds refusals, too.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import grpc

if TYPE_CHECKING:
    MethodHandler = grpc.RpcMethodHandler[Any, Any]
else:
    MethodHandler = grpc.RpcMethodHandler  # generic in its stubs only

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Lane(ThreadPoolExecutor):
    """Threads for one sort of calls, with a bound on how many it has in hand, waiting or running."""

    def __init__(self, name: str, *, threads: int, capacity: int) -> None:
        super().__init__(max_workers=threads, thread_name_prefix=f"rpc-{name}")
        self.capacity = capacity
        self._in_hand = 0
        self._lock = threading.Lock()

    @property
    def is_full(self) -> bool:
        """Whether another call would be one too many."""
        return self._in_hand >= self.capacity

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        """Run a call. gRPC does this; it counts the call until it is over."""
        with self._lock:
            self._in_hand += 1
        future = super().submit(fn, *args, **kwargs)
        future.add_done_callback(self._leave)
        return future

    def _leave(self, _: Future[Any]) -> None:
        with self._lock:
            self._in_hand -= 1


@dataclass(frozen=True, slots=True)
class Lanes:
    """The lanes of one server."""

    calls: Lane
    streams: Lane
    health: Lane
    reflection: Lane
    refusals: Lane

    def close(self) -> None:
        """Let idle threads go and drop calls that wait. Running ones are not interrupted."""
        for lane in (self.calls, self.streams, self.health, self.reflection, self.refusals):
            lane.shutdown(wait=False, cancel_futures=True)

    @property
    def capacity(self) -> int:
        """How many calls all lanes together have in hand at most."""
        return sum(lane.capacity for lane in (self.calls, self.streams, self.health, self.reflection, self.refusals))


def make_lanes(*, threads: int, max_calls: int, max_streams: int) -> Lanes:
    """Lanes with `threads` for `max_calls` ordinary calls, and a thread for each of `max_streams` streams."""
    return Lanes(
        calls=Lane("call", threads=threads, capacity=max_calls),
        streams=Lane("stream", threads=max_streams, capacity=max_streams),
        health=Lane("health", threads=8, capacity=64),  # more than two: a silent call holds one until patience ends
        reflection=Lane("reflection", threads=8, capacity=8),
        refusals=Lane("refusal", threads=1, capacity=256),
    )


@dataclass(frozen=True, slots=True)
class LanedHandler(MethodHandler):
    """A method handler with its lane, and with the handler to use while that lane is full."""

    lane: Lane
    refusal: MethodHandler | None
    request_streaming: bool
    response_streaming: bool
    request_deserializer: Callable[[bytes], Any] | None
    response_serializer: Callable[[Any], bytes] | None
    unary_unary: Callable[..., Any] | None = None
    unary_stream: Callable[..., Any] | None = None
    stream_unary: Callable[..., Any] | None = None
    stream_stream: Callable[..., Any] | None = None


class Admission(grpc.ServerInterceptor):
    """Sends a call to its handler, or to the refusal while the handler's lane is full.

    gRPC asks for the handler in its one serving thread, before it queues the call: the place to refuse.
    """

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], MethodHandler | None],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> MethodHandler | None:
        """See `grpc.ServerInterceptor`."""
        handler = continuation(handler_call_details)
        if isinstance(handler, LanedHandler) and handler.refusal is not None and handler.lane.is_full:
            return handler.refusal
        return handler
