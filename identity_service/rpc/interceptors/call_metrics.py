"""Counts calls by RPC and status code, and measures how long they take."""

from collections.abc import Iterator
from functools import cache
from time import perf_counter

import grpc
from google.protobuf.message import Message
from prometheus_client import CollectorRegistry, Counter, Histogram

from identity_service.rpc import errors
from identity_service.rpc.interceptors.method import Handler, Method

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class CallMetrics:
    """`identity_rpc_calls_total{rpc,code}` and `identity_rpc_duration_seconds{rpc}`, streams to their end."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._calls = Counter(
            "identity_rpc_calls",
            "Calls answered, by RPC and status code.",
            ["rpc", "code"],
            registry=registry,
        )
        self._durations = Histogram(
            "identity_rpc_duration_seconds",
            "Time from the first interceptor to the answer, or to the end of a stream.",
            ["rpc"],
            buckets=_BUCKETS,
            registry=registry,
        )

    def wrap(self, method: Method, proceed: Handler) -> Handler:
        """See `Interceptor`."""
        recorder = _Recorder(self._calls, self._durations, method.name)
        return _measured_stream(recorder, proceed) if method.streams else _measured(recorder, proceed)


class _Recorder:
    """The metrics of one RPC. A label is looked up once, and only when it occurs: the page lists no empty rows."""

    def __init__(self, calls: Counter, durations: Histogram, name: str) -> None:
        self._count_of = cache(lambda code: calls.labels(name, code.name))
        self._duration = durations.labels(name)

    def record(self, started: float, code: grpc.StatusCode) -> None:
        self._duration.observe(perf_counter() - started)
        self._count_of(code).inc()


def _measured(recorder: _Recorder, proceed: Handler) -> Handler:
    def measured(request: Message, context: grpc.ServicerContext) -> Message:
        started = perf_counter()
        try:
            answer: Message = proceed(request, context)
        except Exception as error:
            recorder.record(started, errors.code_of(error))
            raise
        recorder.record(started, grpc.StatusCode.OK)
        return answer

    return measured


def _measured_stream(recorder: _Recorder, proceed: Handler) -> Handler:
    def measured_stream(request: Message, context: grpc.ServicerContext) -> Iterator[Message]:
        started = perf_counter()
        code = grpc.StatusCode.CANCELLED  # unless the stream comes to an end of its own
        try:
            yield from proceed(request, context)
            code = grpc.StatusCode.OK
        except grpc.RpcError:
            raise
        except Exception as error:
            code = errors.code_of(error)
            raise
        finally:
            recorder.record(started, code)

    return measured_stream
