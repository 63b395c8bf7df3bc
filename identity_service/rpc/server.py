"""Builds the gRPC server: services within interceptors, lanes, health, reflection, and a graceful end."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import grpc
import structlog
from grpc_health.v1 import health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from prometheus_client import CollectorRegistry

from identity_service.rpc import registration, transport
from identity_service.rpc.addresses import ListeningRefused, parse_address, refuse_exposure, refuse_taken
from identity_service.rpc.callers import Authenticator
from identity_service.rpc.health import EndableHealth, Readiness
from identity_service.rpc.interceptors.call_metrics import CallMetrics
from identity_service.rpc.interceptors.caller_authentication import CallerAuthentication
from identity_service.rpc.interceptors.error_boundary import ErrorBoundary
from identity_service.rpc.interceptors.request_context import RequestContext
from identity_service.rpc.interceptors.validation import RequestValidation
from identity_service.rpc.lanes import Admission, Lanes, make_lanes
from identity_service.rpc.patience import Patience

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """One server process."""

    address: str = "127.0.0.1:50051"
    share_port: bool = False
    """For several processes at one address (SO_REUSEPORT)."""
    tls: transport.TlsFiles | None = None
    allow_plaintext_beyond_loopback: bool = False
    threads: int = 16
    """Ordinary calls that run at once; give the database as many connections."""
    max_calls: int = 128
    """Ordinary calls in hand, running and waiting; one more is refused with SERVER_BUSY."""
    max_streams: int = 64
    """Streams at once, a thread each; one more is refused with TOO_MANY_STREAMS."""
    limits: transport.TransportLimits = field(default_factory=transport.TransportLimits)
    request_patience_seconds: float = 5.0
    """A call whose request message has not come by then is cancelled."""
    readiness_interval_seconds: float = 1.0
    drain_delay_seconds: float = 0.0
    """Time between NOT_SERVING and the refusal of new calls, for load balancers to notice."""
    drain_grace_seconds: float = 10.0
    """Time for calls in hand to end before they are cancelled."""


@dataclass(frozen=True, slots=True)
class Health:
    """The health service, what drives it, and the services it speaks for."""

    servicer: EndableHealth
    readiness: Readiness
    services: Sequence[str]


class RpcServer:
    """A server with its threads. Made by `build_server`."""

    def __init__(
        self,
        server: grpc.Server,
        lanes: Lanes,
        patience: Patience,
        health: Health,
        stopping: threading.Event,
        settings: ServerSettings,
    ) -> None:
        self._server = server
        self._lanes = lanes
        self._patience = patience
        self._health = health
        self._stopping = stopping
        self._settings = settings
        self.port = 0

    def start(self) -> int:
        """Listen, and answer the port. Raises `ListeningRefused` if the address cannot or may not be used."""
        self.port = _listen(self._server, self._settings)
        self._server.start()
        self._patience.start()
        self._health.readiness.start(self._health.services)
        _log.info("rpc.listening", address=self._settings.address, port=self.port, tls=bool(self._settings.tls))
        return self.port

    def drain(self) -> None:
        """Stop gracefully, within `drain_delay_seconds` + `drain_grace_seconds` + 1 s.

        Health turns to NOT_SERVING; after the delay streams are told to end, new calls are refused, calls in hand are
        awaited and at last cancelled. May be called once.
        """
        _log.info("rpc.draining")
        self._health.readiness.drain()
        time.sleep(self._settings.drain_delay_seconds)
        self._stopping.set()
        # gRPC itself cancels the calls that come before their client has read its GOAWAY, which nothing but this sends:
        # to refuse calls by ourselves for a while would only put the same gap off.
        stopped = self._server.stop(self._settings.drain_grace_seconds)
        self._health.servicer.end_watches()
        in_time = stopped.wait(self._settings.drain_grace_seconds + 1)
        self._patience.stop()
        self._lanes.close()
        _log.info("rpc.stopped", in_time=in_time)


def build_server(
    settings: ServerSettings,
    registrations: Sequence[registration.Registration],
    *,
    ping: Callable[[], None],
    authenticator: Authenticator,
    registry: CollectorRegistry,
    stopping: threading.Event,
) -> RpcServer:
    """A server with the services of `registrations`, not started.

    `ping` returns while the service can work (see `Readiness`). `stopping` is set when the drain begins:
    servicers whose streams wait for something must end them then, with the reason SERVER_STOPPING.
    """
    lanes = make_lanes(threads=settings.threads, max_calls=settings.max_calls, max_streams=settings.max_streams)
    server = _bare_server(settings, lanes)
    patience = Patience(settings.request_patience_seconds)
    around = _surroundings(patience, authenticator, registry)
    services = [registration.register(server, add, lanes, around) for add in registrations]
    servicer = EndableHealth()
    _add_standard_services(server, servicer, lanes, services, around)
    readiness = Readiness(ping, servicer, interval_seconds=settings.readiness_interval_seconds)
    return RpcServer(server, lanes, patience, Health(servicer, readiness, services), stopping, settings)


def _bare_server(settings: ServerSettings, lanes: Lanes) -> grpc.Server:
    return grpc.server(
        lanes.calls,
        interceptors=[Admission()],
        options=transport.channel_options(settings.limits, share_port=settings.share_port),
        maximum_concurrent_rpcs=lanes.capacity,
    )


def _surroundings(
    patience: Patience, authenticator: Authenticator, registry: CollectorRegistry
) -> registration.Surroundings:
    return registration.Surroundings(
        patience=patience,
        observing=[ErrorBoundary(), RequestContext(), CallMetrics(registry)],
        admitting=[CallerAuthentication(authenticator), RequestValidation()],
    )


def _add_standard_services(
    server: grpc.Server,
    servicer: EndableHealth,
    lanes: Lanes,
    services: Sequence[str],
    around: registration.Surroundings,
) -> None:
    health_service = registration.register_plain(
        server, partial(health_pb2_grpc.add_HealthServicer_to_server, servicer), lanes.health, lanes.refusals, around
    )
    names = (*services, health_service, reflection.SERVICE_NAME)
    registration.register_plain(
        server, partial(reflection.enable_server_reflection, names), lanes.reflection, lanes.refusals, around
    )


def _listen(server: grpc.Server, settings: ServerSettings) -> int:
    address = parse_address(settings.address)
    accepted = settings.allow_plaintext_beyond_loopback
    refuse_exposure(address, has_tls=settings.tls is not None, exposure_accepted=accepted)
    if settings.tls is None and not address.is_local:
        _log.warning("rpc.plaintext_beyond_loopback", address=address.text)  # keys and passwords can be read
    if not (settings.share_port or address.is_unix_socket):
        refuse_taken(address)
    try:
        if settings.tls is None:
            return server.add_insecure_port(address.text)
        return server.add_secure_port(address.text, transport.credentials(settings.tls))
    except RuntimeError as error:
        raise ListeningRefused(f"cannot listen at {address.text}: {error}") from error
