"""Who calls, on whose behalf, and whether the call may be a repeated one."""

from dataclasses import dataclass, field
from uuid import UUID

WORKER = "worker"
"""The actor of what nobody called for: the service's own work on what was asked before."""


@dataclass(frozen=True, slots=True)
class RequestKey:
    """The `request_id` of a mutating call, with what was asked, so that a repeat can be told from a reuse."""

    rpc: str
    id: UUID
    payload: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """The circumstances of one call. Address, agent and locale are the end user's, as the caller states them."""

    tenant_id: str
    actor: str
    ip_address: str = ""
    user_agent: str = ""
    locale: str = ""
    request: RequestKey | None = None
