"""identity-service dev: everything in one process, on this machine alone, with nothing to configure."""

import argparse

import structlog
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from identity_service import bootstrap, settings
from identity_service.bootstrap import senders
from identity_service.cli import checks
from identity_service.cli.addresses import grpc_address, http_address, refused_by_name
from identity_service.cli.folders import prepare_data_dir
from identity_service.cli.greeting import greeting
from identity_service.cli.key_file import kept_key
from identity_service.cli.memory import let_memory_grow, settle_memory
from identity_service.cli.migrate import migrated
from identity_service.cli.roles import GROUPS, SPARE_CONNECTIONS, WorkerRole, development_parts, edge, grpc_server
from identity_service.cli.signals import stop_requested
from identity_service.cli.terminal import say
from identity_service.notification.broker import QUEUES
from identity_service.notification.senders.directory import DEFAULT
from identity_service.rpc.addresses import Address
from identity_service.rpc.callers import DefaultTenantAuthenticator
from identity_service.rpc.services import all_scopes
from identity_service.settings import Settings, SettingsRefused
from identity_service.telemetry.logging import configure_logging

NOTES = """\
Needs no settings, and listens on this machine only. Any backend is let in without a key. What it keeps is in
IDENTITY_DATA_DIR, `.identity` by default: delete that folder to begin anew.
"""
STOP_SECONDS = 5.0
log = structlog.get_logger(__name__)


def run(arguments: argparse.Namespace) -> int:
    let_memory_grow()
    stop = stop_requested()
    configuration = settings.load()
    configure_logging(configuration)
    _require_loopback("IDENTITY_GRPC_ADDRESS", grpc_address(configuration))
    _require_loopback("IDENTITY_HTTP_ADDRESS", http_address(configuration))
    prepare_data_dir(configuration)
    configuration = _with_own_key(configuration)
    checks.warn_of_open_limits(configuration)
    threads = configuration.grpc_threads + len(GROUPS) * configuration.worker_threads
    core = bootstrap.build_core(configuration, connections=threads + SPARE_CONNECTIONS)
    journeys, registry = bootstrap.build_journeys(core), CollectorRegistry()
    mailroom = bootstrap.build_mailroom(core)
    core.database.ping()  # says what cannot be reached, where a migration would show what it tried
    migrated(core.database)
    server = grpc_server(core, journeys, _everybody(), share_port=False, registry=registry)
    worker = WorkerRole(core, mailroom, QUEUES)
    by_default = senders.by_name(configuration)[DEFAULT]
    parts = development_parts(core, journeys, by_default)
    page = edge(core, journeys.access_tokens, registry=registry, development=parts)
    with refused_by_name():
        server.start()
        page.start()
    worker.start()
    say(greeting(configuration, by_default))
    settle_memory()
    stop.wait()
    page.stop(STOP_SECONDS)
    server.drain()
    worker.stop(STOP_SECONDS)
    core.close()
    return 0


def _everybody() -> DefaultTenantAuthenticator:
    log.warning("open_to_everybody_on_this_machine", remedy="`identity-service serve` asks callers for API keys")
    return DefaultTenantAuthenticator(all_scopes())


def _with_own_key(configuration: Settings) -> Settings:
    if configuration.secret_keys.get_secret_value():
        return configuration
    return configuration.model_copy(update={"secret_keys": SecretStr(kept_key(configuration.data_dir))})


def _require_loopback(setting: str, address: Address) -> None:
    if not address.is_local:
        raise SettingsRefused(
            f"{setting}: `dev` lets everybody in who can connect, so it listens on loopback only; "
            "use `serve` to be reached from other machines"
        )
