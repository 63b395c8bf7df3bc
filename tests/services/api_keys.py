"""API keys for tests and benchmarks that call the service as it runs in production."""

from collections.abc import Iterable, Mapping

from identity_service import bootstrap, settings
from identity_service.calls.call import Call
from identity_service.rpc.services import all_scopes
from identity_service.tenants.api_keys import Grant
from identity_service.tenants.scopes import holdable


def new_api_key(
    configuration: Mapping[str, str], *, tenant: str = "default", scopes: Iterable[str] | None = None
) -> str:
    """A key of the service with these IDENTITY_* settings: with all scopes that the tenant may have, unless told."""
    core = bootstrap.build_core(settings.load(dict(configuration)), connections=1)
    held = holdable(tenant, all_scopes())
    try:
        grant = Grant("test", tuple(held if scopes is None else scopes))
        return bootstrap.api_keys(core).create(Call(tenant, "test"), held, grant).text
    finally:
        core.close()
