"""Who is calling: the backend on the other end of the connection, not the end user it acts for."""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

import grpc

from identity_service.clock import Clock
from identity_service.errors import PermissionDenied
from identity_service.rpc.refused_callers import RefusedCallers
from identity_service.tenants.errors import CallerUnauthenticated
from identity_service.tenants.key_directory import KeyDirectory

HEADER = "authorization"
"""Metadata key. Its value is `Bearer <key>` (RFC 6750)."""
_SCHEME = "bearer"


@dataclass(frozen=True, slots=True)
class Caller:
    """A calling backend: the tenant it works in, a name for the audit trail, and what it may do."""

    tenant_id: str
    name: str
    scopes: frozenset[str]


class Authenticator(Protocol):
    """Finds out who is calling, and whether they may."""

    def admit(self, context: grpc.ServicerContext, scope: str) -> Caller:
        """The caller behind this context, who holds `scope`.

        Raises `Unauthenticated` if it does not prove who it is, and `PermissionDenied` if it lacks the scope.
        """
        ...


class DefaultTenantAuthenticator:
    """Takes everybody who can connect for one backend of the default tenant: fit for loopback alone."""

    def __init__(self, scopes: frozenset[str], *, tenant_id: str = "default", name: str = "local") -> None:
        self._caller = Caller(tenant_id=tenant_id, name=name, scopes=scopes)

    def admit(self, context: grpc.ServicerContext, scope: str) -> Caller:
        """The one caller there is."""
        if scope not in self._caller.scopes:
            raise ScopeMissing(scope)
        return self._caller


class ApiKeyAuthenticator:
    """Takes callers for what their API keys say."""

    def __init__(self, directory: KeyDirectory, refused: RefusedCallers, clock: Clock) -> None:
        self._directory = directory
        self._refused = refused
        self._now = clock

    def admit(self, context: grpc.ServicerContext, scope: str) -> Caller:
        """See `Authenticator`. Raises `LimitExceeded` instead once a network or key was refused too often."""
        key = _sent_key(context)
        holder = self._directory.holder(key) if key else None
        if holder is None or holder.is_over(self._now()):
            raise self._refused.error(context.peer(), holder, CallerUnauthenticated())
        if scope not in holder.scopes:
            raise self._refused.error(context.peer(), holder, ScopeMissing(scope))
        return Caller(holder.tenant_id, holder.label, holder.scopes)


class ScopeMissing(PermissionDenied):
    """The caller lacks the scope that the RPC declares."""

    def __init__(self, scope: str) -> None:
        super().__init__(f"This call needs the scope {scope}.")


_current: ContextVar[Caller] = ContextVar("caller")


def current_caller() -> Caller:
    """The caller of the call that this thread is serving. LookupError outside of one."""
    return _current.get()


def set_current_caller(caller: Caller) -> None:
    """Set by the interceptor. gRPC runs every call in a context of its own, so nothing has to be reset."""
    _current.set(caller)


def _sent_key(context: grpc.ServicerContext) -> str:
    """The key that came with the call; empty if none did, or another scheme. Two keys are none: whose call is it?"""
    sent = [value for key, value in context.invocation_metadata() if key == HEADER]
    if len(sent) != 1 or not isinstance(sent[0], str):
        return ""
    scheme, _, key = sent[0].partition(" ")
    return key.strip() if scheme.lower() == _SCHEME else ""
