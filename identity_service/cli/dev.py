"""identity-service dev: everything in one process, on this machine alone, with nothing to configure."""

import argparse
import os

import structlog
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from identity_service import bootstrap, secret_keys, settings
from identity_service.cli import checks
from identity_service.cli.roles import SPARE_CONNECTIONS, WorkerRole, edge, grpc_server
from identity_service.cli.signals import stop_requested
from identity_service.cli.terminal import say
from identity_service.notification.broker import QUEUES
from identity_service.rpc.addresses import ListeningRefused, parse_address
from identity_service.settings import Settings, SettingsRefused
from identity_service.storage import migrate
from identity_service.telemetry.logging import configure_logging
from identity_service.web.server import HttpAddressRefused

log = structlog.get_logger(__name__)

KEY_FILE = "secret-key"
STOP_SECONDS = 5.0


def run(arguments: argparse.Namespace) -> int:
    stop = stop_requested()
    configuration = _with_own_key(settings.load())
    configure_logging(configuration)
    _require_loopback(configuration)
    checks.warn_of_open_limits(configuration)
    threads = configuration.grpc_threads + configuration.worker_threads
    core = bootstrap.core(configuration, connections=threads + SPARE_CONNECTIONS)
    migrate.upgrade(core.database)
    journeys, registry = bootstrap.journeys(core), CollectorRegistry()
    server = grpc_server(core, journeys, share_port=False, registry=registry)
    mailroom = bootstrap.mailroom(core)
    worker = WorkerRole(core, mailroom, QUEUES)
    page = edge(core, journeys, registry=registry, sender=mailroom.sender)
    try:
        server.start()
        page.start()
    except ListeningRefused as refusal:
        raise SettingsRefused(f"IDENTITY_GRPC_ADDRESS: {refusal}") from None
    except HttpAddressRefused as refusal:
        raise SettingsRefused(str(refusal)) from None
    worker.start()
    say(_greeting(configuration))
    stop.wait()
    page.stop(STOP_SECONDS)
    server.drain()
    worker.stop(STOP_SECONDS)
    core.close()
    return 0


def _with_own_key(configuration: Settings) -> Settings:
    """Make the data folder, and in it a key that is kept, unless one is configured."""
    configuration.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    if configuration.secret_keys.get_secret_value():
        return configuration
    path = configuration.data_dir / KEY_FILE
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secret_keys.generate())
    return configuration.model_copy(update={"secret_keys": SecretStr(path.read_text().strip())})


def _require_loopback(configuration: Settings) -> None:
    for setting, address in (
        ("IDENTITY_GRPC_ADDRESS", configuration.grpc_address),
        ("IDENTITY_HTTP_ADDRESS", configuration.http_address),
    ):
        if not parse_address(address).is_local:
            raise SettingsRefused(
                f"{setting}: `dev` lets everybody in who can connect, so it listens on loopback only; "
                "use `serve` to be reached from other machines"
            )


def _greeting(configuration: Settings) -> str:
    grpc, http = configuration.grpc_address, configuration.http_address
    return f"""
  identity-service is running, for development: everybody on this machine may call it.

  gRPC      {grpc}   (reflection and health are on)
  Mailbox   http://{http}   (every mail lands here, none leaves this machine)
  Data      {configuration.data_dir}/   (delete it to start afresh)

  Try
    buf curl --http2-prior-knowledge --protocol grpc \\
      -d '{{"email": "ada@example.com", "password": "fjord-quilt-ember-42", "given_name": "Ada"}}' \\
      http://{grpc}/identity.v1.AccountService/RegisterUser
    grpcurl -plaintext {grpc} list

  Then open the mailbox, and prove the address with the code or the link. Ctrl-C stops.
"""
