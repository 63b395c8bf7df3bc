"""Standard gRPC health (grpc.health.v1): follows the database, and the server's own end.

Overall health is the service `""`; each service of the contract has the same status under its full name.
"""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Any

import grpc
import structlog
from grpc_health.v1 import health
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse

_log = structlog.get_logger(__name__)

SERVING = HealthCheckResponse.SERVING
NOT_SERVING = HealthCheckResponse.NOT_SERVING
PATIENCE_SECONDS = 2.0
"""How long a ping may take before the service counts as not ready."""


class EndableHealth(health.HealthServicer):
    """The standard servicer, whose watches can be ended: one client that watches would delay every stop."""

    def __init__(self) -> None:
        super().__init__()
        self._watches: set[grpc.ServicerContext] = set()

    def Watch(self, request: HealthCheckRequest, context: Any, send_response_callback: Any = None) -> Any:
        """See grpc.health.v1. gRPC does not hold a thread for it (`experimental_non_blocking`)."""
        self._watches.add(context)
        context.add_callback(lambda: self._watches.discard(context))
        return super().Watch(request, context, send_response_callback)

    def end_watches(self) -> None:
        """Cancel every watch; clients then watch another server."""
        for context in tuple(self._watches):
            context.cancel()


class Readiness:
    """Polls whether the service can work, in a thread of its own, and tells the health servicer.

    `ping` returns if it can and raises if not.
    """

    def __init__(self, ping: Callable[[], None], servicer: EndableHealth, *, interval_seconds: float) -> None:
        self._ping = ping
        self._servicer = servicer
        self._interval = interval_seconds
        self._services: tuple[str, ...] = (health.OVERALL_HEALTH,)
        self._ready: bool | None = None
        self._stopped = threading.Event()
        self._pinging: Future[None] | None = None
        self._thread = threading.Thread(target=self._poll, name="rpc-readiness", daemon=True)

    def start(self, services: Iterable[str]) -> None:
        """Begin, for overall health and `services`, as not ready until the first ping has succeeded."""
        self._services = (health.OVERALL_HEALTH, *services)
        self._publish(NOT_SERVING)
        self._thread.start()

    def drain(self) -> None:
        """Not ready any more, for good."""
        self._stopped.set()
        self._servicer.enter_graceful_shutdown()

    def _poll(self) -> None:
        while not self._stopped.is_set():
            self._set(self._is_ready())
            self._stopped.wait(self._interval)

    def _is_ready(self) -> bool:
        try:
            self._patient_ping()
        except Exception as error:
            if self._ready is not False:
                _log.warning("rpc.not_ready", error=type(error).__name__)
            return False
        return True

    def _patient_ping(self) -> None:
        """Ping in a thread of its own: what never answers is not ready either, and must not delay the end."""
        if self._pinging is None or self._pinging.done():
            self._pinging = Future()
            threading.Thread(target=_resolve, args=(self._pinging, self._ping), name="rpc-ping", daemon=True).start()
        self._pinging.result(PATIENCE_SECONDS)

    def _set(self, ready: bool) -> None:
        if ready is self._ready:
            return
        if ready:
            _log.info("rpc.ready")
        self._ready = ready
        self._publish(SERVING if ready else NOT_SERVING)

    def _publish(self, status: Any) -> None:
        for service in self._services:
            self._servicer.set(service, status)


def _resolve(future: "Future[None]", ping: Callable[[], None]) -> None:
    try:
        ping()
        future.set_result(None)
    except Exception as error:
        future.set_exception(error)
