"""identity-service serve: server processes that share one port, and the HTTP edge, kept running."""

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import CollectorRegistry

from identity_service import bootstrap, settings
from identity_service.cli import checks
from identity_service.cli.addresses import grpc_address, guarded_grpc_address, refused_by_name
from identity_service.cli.cores import pin_to_core
from identity_service.cli.memory import settle_memory
from identity_service.cli.processes import ChildProcess, supervise
from identity_service.cli.roles import GROUPS, SPARE_CONNECTIONS, WorkerRole, edge, grpc_server
from identity_service.cli.signals import stop_requested
from identity_service.notification.broker import EMBEDDED, QUEUES
from identity_service.rpc.addresses import PortClaim
from identity_service.rpc.services import key_authenticator
from identity_service.settings import Settings, SettingsRefused
from identity_service.telemetry.logging import configure_logging

NOTES = """\
Needs IDENTITY_SECRET_KEYS, a database that was migrated, and TLS to listen beyond this machine. Without a Redis in
IDENTITY_BROKER_URL it delivers mails, too. After SIGTERM it still takes calls for
IDENTITY_DRAIN_DELAY_SECONDS, and then finishes them, for IDENTITY_GRPC_DRAIN_SECONDS at most.
"""

SPARE_SECONDS = 10
"""What stopping takes beside the drain."""


def run(arguments: argparse.Namespace) -> int:
    configuration = settings.load()
    configure_logging(configuration)
    _refuse_a_shared_socket(configuration)
    checks.refuse_unfit(configuration, listens=True)
    with _claimed_port(configuration) as address, tempfile.TemporaryDirectory() as metrics_folder:
        settings.share_metrics(metrics_folder)
        configuration = configuration.model_copy(update={"grpc_address": address})
        servers = [
            ChildProcess(f"grpc-{number}", run_grpc, (configuration, number))
            for number in range(1, configuration.grpc_processes + 1)
        ]
        http = ChildProcess("http", run_http, (configuration, Path(metrics_folder)))
        return supervise([*servers, http], stop_seconds=_stop_seconds(configuration))


def _stop_seconds(configuration: Settings) -> float:
    return configuration.drain_delay_seconds + configuration.grpc_drain_seconds + SPARE_SECONDS


def run_grpc(configuration: Settings, number: int) -> None:
    """One server process, the `number`th; with the embedded broker it delivers, too."""
    if configuration.grpc_pin_cores:
        pin_to_core(number)
    stop = stop_requested()
    configure_logging(configuration)
    core = bootstrap.build_core(configuration, connections=_connections(configuration))
    journeys = bootstrap.build_journeys(core)
    authenticator = key_authenticator(core, journeys)
    server = grpc_server(core, journeys, authenticator, share_port=True, registry=CollectorRegistry())
    worker = _embedded_worker(core)
    with refused_by_name():
        server.start()
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
    core = bootstrap.build_core(configuration, connections=SPARE_CONNECTIONS)
    tokens = bootstrap.access_tokens(core)
    server = edge(core, tokens, registry=CollectorRegistry(), metrics_folder=metrics_folder)
    with refused_by_name():
        server.start()
    settle_memory()
    stop.wait()
    server.stop(SPARE_SECONDS / 2, delay_seconds=configuration.drain_delay_seconds)
    core.close()


def _embedded_worker(core: bootstrap.Core) -> WorkerRole | None:
    return WorkerRole(core, bootstrap.build_mailroom(core), QUEUES) if _delivers(core.settings) else None


def _delivers(configuration: Settings) -> bool:
    return configuration.broker_url.get_secret_value() == EMBEDDED


def _connections(configuration: Settings) -> int:
    workers = len(GROUPS) * configuration.worker_threads if _delivers(configuration) else 0
    return configuration.grpc_threads + workers + SPARE_CONNECTIONS


@contextmanager
def _claimed_port(configuration: Settings) -> Iterator[str]:
    """Keep the port for the server processes, or say why it cannot be had; the address with the port's number."""
    address = guarded_grpc_address(configuration)
    if address.is_unix_socket:
        yield address.text
        return
    with refused_by_name():
        claim = PortClaim(address)
    try:
        yield claim.address
    finally:
        claim.close()


def _refuse_a_shared_socket(configuration: Settings) -> None:
    """The kernel spreads calls over the processes at a TCP port; a Unix socket belongs to the last that took it."""
    if configuration.grpc_processes > 1 and grpc_address(configuration).is_unix_socket:
        raise SettingsRefused(
            f"IDENTITY_GRPC_ADDRESS: {configuration.grpc_processes} processes cannot share a Unix socket; "
            "set IDENTITY_GRPC_PROCESSES=1, or listen at host:port"
        )
