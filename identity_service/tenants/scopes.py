"""What a key may do: a list of scopes, each of them named. There are no wildcards: a key's scopes never grow by
themselves when the service learns a new trick."""

from collections.abc import Iterable

from identity_service.errors import PermissionDenied
from identity_service.tenants.profile import OPERATORS_TENANT

OPERATORS_SCOPES = frozenset({"tenants:read", "tenants:write"})
"""What only keys of the operator's tenant may hold: other tenants are none of a tenant's business."""


class ScopeNotHeld(PermissionDenied):
    """A caller would grant what it may not do itself."""

    def __init__(self, scope: str) -> None:
        super().__init__(f"You cannot grant the scope {scope}: the caller does not hold it.")


def holdable(tenant_id: str, scopes: Iterable[str]) -> frozenset[str]:
    """Those that a key of the tenant may hold."""
    given = frozenset(scopes)
    return given if tenant_id == OPERATORS_TENANT else given - OPERATORS_SCOPES


def refuse_more(wanted: Iterable[str], held: frozenset[str]) -> None:
    """Raise `ScopeNotHeld` for the first of `wanted` that is not held."""
    for scope in wanted:
        if scope not in held:
            raise ScopeNotHeld(scope)
