"""A household behind a real gRPC server in this process, and stubs to call it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry

from identity_service.rpc import services
from identity_service.rpc.callers import Authenticator, DefaultTenantAuthenticator
from identity_service.rpc.server import ServerSettings, build_server
from tests.services.household import Household
from tests.services.service import Client


@contextmanager
def served(
    household: Household,
    *,
    stopping: threading.Event | None = None,
    registry: CollectorRegistry | None = None,
    authenticator: Authenticator | None = None,
    patience_seconds: float = 5,
) -> Iterator[Client]:
    """A client of the household's RPCs, with every scope unless `authenticator` says otherwise."""
    stopping = stopping or threading.Event()
    server = build_server(
        ServerSettings("127.0.0.1:0", request_patience_seconds=patience_seconds),
        services.registrations(household.core, household.journeys, stopping),
        ping=household.core.database.ping,
        authenticator=authenticator or DefaultTenantAuthenticator(services.all_scopes()),
        registry=registry or CollectorRegistry(),
        stopping=stopping,
    )
    client = Client(f"127.0.0.1:{server.start()}")
    try:
        yield client
    finally:
        client.close()
        server.drain()
