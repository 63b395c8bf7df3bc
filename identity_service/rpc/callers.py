"""Who is calling: the backend on the other end of the connection, not the end user it acts for."""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

import grpc


@dataclass(frozen=True, slots=True)
class Caller:
    """A calling backend: the tenant it works in, a name for the audit trail, and what it may do."""

    tenant_id: str
    name: str
    scopes: frozenset[str]


class Authenticator(Protocol):
    """Finds out who is calling."""

    def authenticate(self, context: grpc.ServicerContext) -> Caller:
        """The caller behind this context; raises `Unauthenticated` if it does not prove who it is."""
        ...


class DefaultTenantAuthenticator:
    """Takes everybody who can connect for one backend of the default tenant, with every scope.

    Fit for loopback, and behind mutual TLS, where connecting is proof enough.
    """

    def __init__(self, scopes: frozenset[str], *, tenant_id: str = "default", name: str = "local") -> None:
        self._caller = Caller(tenant_id=tenant_id, name=name, scopes=scopes)

    def authenticate(self, context: grpc.ServicerContext) -> Caller:
        """The one caller there is."""
        return self._caller


_current: ContextVar[Caller] = ContextVar("caller")


def current_caller() -> Caller:
    """The caller of the call that this thread is serving. LookupError outside of one."""
    return _current.get()


def set_current_caller(caller: Caller) -> None:
    """Set by the interceptor. gRPC runs every call in a context of its own, so nothing has to be reset."""
    _current.set(caller)
