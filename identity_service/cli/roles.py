"""What a process can be: a gRPC server, a worker, an HTTP edge. `dev` is all three, other commands one per process."""

import time
from collections.abc import Iterable
from pathlib import Path
from threading import Event

import structlog
from prometheus_client import CollectorRegistry

from identity_service.bootstrap import Core, Journeys, Mailroom, preferences, unsubscribe_links
from identity_service.cli.tls import tls_files
from identity_service.identity.access_tokens import AccessTokens
from identity_service.notification.senders import Mailbox, Sender
from identity_service.notification.senders.capture import CaptureSender
from identity_service.rpc.callers import Authenticator
from identity_service.rpc.server import RpcServer, ServerSettings, build_server
from identity_service.rpc.services import registrations
from identity_service.settings import Settings
from identity_service.web.app import edge_app
from identity_service.web.parts import DevelopmentParts, EdgeParts
from identity_service.web.server import HttpServer
from workers.actors import declare
from workers.relay import RelayThread
from workers.runtime import RunningWorker, start_worker

log = structlog.get_logger(__name__)

GROUPS = {"high": ("high",), "normal-low": ("normal", "low")}
"""Queues that share workers. What is in one group waits for no thread of another."""

SPARE_CONNECTIONS = 4
"""Database connections for what is no call and no mail: the health check, the relay, watchers."""


class WorkerRole:
    """Delivers mails from some queues, and relays. Mails with codes have threads of their own."""

    def __init__(self, core: Core, mailroom: Mailroom, queues: Iterable[str]) -> None:
        self._core = core
        self._mailroom = mailroom
        self._queues = tuple(queues)
        self._relay = RelayThread(mailroom.relay)
        self._workers: list[RunningWorker] = []

    def start(self) -> None:
        mailroom = self._mailroom
        declare(self._core.broker, mailroom.delivery, mailroom.messages, mailroom.fan_out)
        for group in GROUPS.values():
            if wanted := [queue for queue in group if queue in self._queues]:
                self._workers.append(start_worker(self._core.broker, wanted, self._core.settings.worker_threads))
        self._relay.start()
        log.info("worker.ready", queues=self._queues)

    def stop(self, seconds: float) -> None:
        """Finish the mails in hand, for at most `seconds`; what is left over, others take from its rows."""
        self._relay.stop()
        until = time.monotonic() + seconds
        for worker in self._workers:
            worker.stop(max(0.1, until - time.monotonic()))
        self._mailroom.senders.close()


def grpc_server(
    core: Core, journeys: Journeys, authenticator: Authenticator, *, share_port: bool, registry: CollectorRegistry
) -> RpcServer:
    """The gRPC server of one process, not started."""
    stopping = Event()
    return build_server(
        server_settings(core.settings, share_port=share_port),
        registrations(core, journeys, stopping),
        ping=core.database.ping,
        authenticator=authenticator,
        registry=registry,
        stopping=stopping,
    )


def edge(
    core: Core,
    access_tokens: AccessTokens,
    *,
    registry: CollectorRegistry,
    metrics_folder: Path | None = None,
    development: DevelopmentParts | None = None,
) -> HttpServer:
    """The HTTP edge, not started. With `development` it has the pages of `dev`."""
    parts = EdgeParts(
        preferences=preferences(core),
        unsubscribe_links=unsubscribe_links(core),
        jwks=access_tokens.jwks,
        ping=core.database.ping,
        registry=registry,
        metrics_folder=metrics_folder,
        development=development,
    )
    return HttpServer(edge_app(parts), core.settings.http_address, parts.stopping)


def development_parts(core: Core, journeys: Journeys, sender: Sender) -> DevelopmentParts:
    """What the pages of `dev` show; `sender` is that of this process."""
    captured = sender.path if isinstance(sender, CaptureSender) else None
    return DevelopmentParts(
        mailbox=Mailbox(captured or core.settings.data_dir / "mail"),
        notifications=journeys.notifications,
        verify_email=journeys.verify_email,
        http_address=core.settings.http_address,
        grpc_address=core.settings.grpc_address,
        delivered_to="" if captured else str(sender),
    )


def server_settings(settings: Settings, *, share_port: bool) -> ServerSettings:
    return ServerSettings(
        address=settings.grpc_address,
        share_port=share_port,
        tls=tls_files(settings),
        allow_plaintext_beyond_loopback=settings.allow_plaintext_beyond_loopback,
        threads=settings.grpc_threads,
        max_calls=settings.grpc_threads * 8,
        max_streams=settings.grpc_streams,
        drain_delay_seconds=settings.drain_delay_seconds,
        drain_grace_seconds=settings.grpc_drain_seconds,
    )
