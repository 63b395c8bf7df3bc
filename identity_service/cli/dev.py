"""identity-service dev: everything in one process, on this machine alone, with nothing to configure."""

import argparse
import os
from textwrap import indent

import structlog
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from identity_service import bootstrap, secret_keys, settings
from identity_service.cli import checks
from identity_service.cli.roles import SPARE_CONNECTIONS, WorkerRole, edge, grpc_server
from identity_service.cli.signals import stop_requested
from identity_service.cli.terminal import say
from identity_service.notification.broker import QUEUES
from identity_service.notification.senders import Sender
from identity_service.notification.senders.capture import CaptureSender
from identity_service.rpc.addresses import ListeningRefused, parse_address
from identity_service.settings import Settings, SettingsRefused
from identity_service.storage import migrate
from identity_service.telemetry.logging import configure_logging
from identity_service.web.commands import first_commands
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
    say(_greeting(configuration, mailroom.sender))
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


def _greeting(configuration: Settings, sender: Sender) -> str:
    captured = "every mail lands here, none leaves this machine"
    mails = captured if isinstance(sender, CaptureSender) else f"empty: mails leave by {sender}"
    example = indent(first_commands(configuration.grpc_address)[0].buf, "    ")
    return f"""
  identity-service is running, for development: everybody on this machine may call it.

  gRPC      {configuration.grpc_address}   (reflection and health are on)
  Mailbox   http://{configuration.http_address}   ({mails})
  Data      {configuration.data_dir}/   (delete it to start afresh)

  Try
{example}
    grpcurl -plaintext {configuration.grpc_address} list

  Then open the mailbox, and prove the address with the code or the link. Ctrl-C stops.
"""
