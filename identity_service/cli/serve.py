"""identity-service serve: server processes that share one port, and the HTTP edge, kept running."""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import CollectorRegistry

from identity_service import bootstrap, settings
from identity_service.cli import checks
from identity_service.cli.child import EX_CONFIG
from identity_service.cli.processes import ChildProcess, supervise
from identity_service.cli.roles import SPARE_CONNECTIONS, WorkerRole, edge, grpc_server, settle_memory, tls_files
from identity_service.cli.signals import stop_requested
from identity_service.cli.terminal import complain
from identity_service.notification.broker import EMBEDDED, QUEUES
from identity_service.rpc.addresses import ListeningRefused, PortClaim, parse_address, refuse_exposure
from identity_service.settings import Settings, SettingsRefused
from identity_service.telemetry.logging import configure_logging
from identity_service.web.server import HttpAddressRefused

SPARE_SECONDS = 10
"""What stopping takes beside the drain."""


def run(arguments: argparse.Namespace) -> int:
    configuration = settings.load()
    configure_logging(configuration)
    checks.refuse_unfit(configuration)
    with _claimed_port(configuration) as address, tempfile.TemporaryDirectory() as metrics_folder:
        settings.share_metrics(metrics_folder)
        configuration = configuration.model_copy(update={"grpc_address": address})
        servers = [
            ChildProcess(f"grpc-{number}", run_grpc, (configuration,))
            for number in range(1, configuration.grpc_processes + 1)
        ]
        http = ChildProcess("http", run_http, (configuration, Path(metrics_folder)))
        return supervise([*servers, http], stop_seconds=configuration.grpc_drain_seconds + SPARE_SECONDS)


def run_grpc(configuration: Settings) -> None:
    """One server process; with the embedded broker it delivers, too."""
    stop = stop_requested()
    configure_logging(configuration)
    core = bootstrap.core(configuration, connections=_connections(configuration))
    server = grpc_server(core, bootstrap.journeys(core), share_port=True, registry=CollectorRegistry())
    worker = _embedded_worker(core)
    try:
        server.start()
    except ListeningRefused as refusal:
        complain(f"identity-service: IDENTITY_GRPC_ADDRESS: {refusal}")
        sys.exit(EX_CONFIG)
    if worker:
        worker.start()
    settle_memory()
    stop.wait()
    server.drain()
    if worker:
        worker.stop(SPARE_SECONDS / 2)
    core.close()


def run_http(configuration: Settings, metrics_folder: Path) -> None:
    """The HTTP edge in a process of its own."""
    stop = stop_requested()
    configure_logging(configuration)
    core = bootstrap.core(configuration, connections=SPARE_CONNECTIONS)
    server = edge(core, bootstrap.journeys(core), registry=CollectorRegistry(), metrics_folder=metrics_folder)
    try:
        server.start()
    except HttpAddressRefused as refusal:
        complain(f"identity-service: {refusal}")
        sys.exit(EX_CONFIG)
    stop.wait()
    server.stop(SPARE_SECONDS / 2)
    core.close()


def _embedded_worker(core: bootstrap.Core) -> WorkerRole | None:
    return WorkerRole(core, bootstrap.mailroom(core), QUEUES) if _delivers(core.settings) else None


def _delivers(configuration: Settings) -> bool:
    return configuration.broker_url.get_secret_value() == EMBEDDED


def _connections(configuration: Settings) -> int:
    workers = configuration.worker_threads if _delivers(configuration) else 0
    return configuration.grpc_threads + workers + SPARE_CONNECTIONS


@contextmanager
def _claimed_port(configuration: Settings) -> Iterator[str]:
    """Keep the port for the server processes, or say why it cannot be had; the address with the port's number."""
    try:
        address = parse_address(configuration.grpc_address)
        refuse_exposure(
            address,
            has_tls=tls_files(configuration) is not None,
            exposure_accepted=configuration.allow_plaintext_beyond_loopback,
        )
        claim = PortClaim(address)
    except ListeningRefused as refusal:
        raise SettingsRefused(f"IDENTITY_GRPC_ADDRESS: {refusal}") from None
    try:
        yield claim.address
    finally:
        claim.close()
