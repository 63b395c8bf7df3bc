"""Waits for the request message of a call, but not for ever.

gRPC hands a call to a thread as soon as its headers are there, and then lets the thread wait for the message. A
client that never sends one would keep the thread; a handful of such calls would stop a server. So the handlers of
the contract are registered as if they took a stream of requests: they read the one request here, under watch.
"""

import threading
import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import grpc

from identity_service.rpc.interceptors.validation import MalformedRequest

BETWEEN_MESSAGES = 6
"""How much longer than for a request the next message of a stream is waited for: its client has things to do."""


class Patience:
    """Cancels calls whose request has not come within `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._numbers = count()
        self._waiting: dict[int, tuple[float, grpc.ServicerContext]] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="rpc-patience", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Watch no longer."""
        self._stopped.set()

    def read(self, requests: Iterator[Any], context: grpc.ServicerContext) -> Any:
        """The request. Raises what gRPC raises for a call that is cancelled, by its client or for its silence."""
        return self._read(requests, context, self._seconds)

    def read_each(self, requests: Iterator[Any], context: grpc.ServicerContext) -> Iterator[Any]:
        """The requests of a stream, to its end. Raises as `read` does."""
        while (request := self._read(requests, context, self._seconds * BETWEEN_MESSAGES)) is not _NONE_SENT:
            yield request

    def _read(self, requests: Iterator[Any], context: grpc.ServicerContext, seconds: float) -> Any:
        number = next(self._numbers)
        self._waiting[number] = (time.monotonic() + seconds, context)
        try:
            return next(requests, _NONE_SENT)
        finally:
            del self._waiting[number]

    def _watch(self) -> None:
        while not self._stopped.wait(self._seconds / 4):
            now = time.monotonic()
            for deadline, context in self._waiting.copy().values():
                if deadline < now:
                    context.cancel()


_NONE_SENT = MalformedRequest()
