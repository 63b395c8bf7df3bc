"""A household with a door: its real server in this process, which lets callers in by their API keys alone."""

from typing import Any, Self

import grpc
from identity.v1 import api_key_service_pb2_grpc
from prometheus_client import CollectorRegistry

from identity_service.calls.call import Call
from identity_service.cli.roles import grpc_server
from identity_service.rpc.services import all_scopes, key_authenticator
from identity_service.tenants.api_keys import Grant, NewKey
from identity_service.tenants.scopes import holdable
from tests.services.household import Household
from tests.services.service import with_key


class Front:
    """`serve`, as far as callers see it. The household must have `IDENTITY_GRPC_ADDRESS` at port 0."""

    def __init__(self, household: Household) -> None:
        self.household = household
        self._server = grpc_server(
            household.core,
            household.journeys,
            key_authenticator(household.core, household.journeys),
            share_port=False,
            registry=CollectorRegistry(),
        )
        self.port = self._server.start()
        self._channels: list[grpc.Channel] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for channel in self._channels:
            channel.close()
        self._server.drain()

    def new_key(self, *scopes: str, tenant: str = "default", **given: Any) -> NewKey:
        """A key with these scopes, or with all that the tenant may have."""
        held = holdable(tenant, all_scopes())
        grant = Grant(given.pop("name", "test"), scopes or tuple(held), **given)
        return self.household.journeys.api_keys.create(Call(tenant, "test"), held, grant)

    def channel(self, key: str = "") -> grpc.Channel:
        """A connection that sends the key with every call."""
        plain = grpc.insecure_channel(f"127.0.0.1:{self.port}", [("grpc.use_local_subchannel_pool", 1)])
        self._channels.append(plain)
        return with_key(plain, key)

    def keys(self, key: str) -> api_key_service_pb2_grpc.ApiKeyServiceStub:
        return api_key_service_pb2_grpc.ApiKeyServiceStub(self.channel(key))
