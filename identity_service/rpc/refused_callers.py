"""Calls that are refused because of who makes them: limited and recorded, each within bounds.

Who is refused too often is told to wait. Nobody's valid key is ever refused for what others do: proxies make many
callers one network.
"""

from ipaddress import ip_address
from urllib.parse import unquote

import structlog

from identity_service.calls.audit import Event
from identity_service.calls.call import Call
from identity_service.calls.refusals import Refusals
from identity_service.errors import DomainError, LimitExceeded
from identity_service.identity.limits import Limiter, Rule, network_of
from identity_service.storage.errors import DatabaseUnavailable
from identity_service.tenants.key_directory import KeyHolder
from identity_service.tenants.profile import OPERATORS_TENANT

_NO_NETWORK = "this machine"
log = structlog.get_logger(__name__)


class RefusedCallers:
    """Says with which error a call is refused, and leaves a trace of it."""

    def __init__(self, limiter: Limiter, refusals: Refusals) -> None:
        self._limiter = limiter
        self._refusals = refusals

    def error(self, peer: str, holder: KeyHolder | None, error: DomainError) -> DomainError:
        """`error`, or that the limit of such calls is used up. `holder` is who held the key that was sent, if anybody.

        Refusals of a key are counted by that key, all others by the network that they came from.
        """
        address = peer_address(peer)
        call = _call(address, holder)
        subject = str(holder.key_id) if holder is not None else network_of(address) or _NO_NETWORK
        self._record(call, holder, subject, error.reason)
        try:
            self._limiter.hit(Rule.CALLER_REFUSED, call.tenant_id, subject)
        except LimitExceeded as exceeded:
            return exceeded
        return error

    def _record(self, call: Call, holder: KeyHolder | None, subject: str, reason: str) -> None:
        key_id = holder.key_id if holder is not None else None
        try:
            self._refusals.record(call, Event.CALLER_REFUSED, reason, about=subject, subject_id=key_id)
        except DatabaseUnavailable:
            log.warning("caller_refusal_not_recorded", reason=reason)


def peer_address(peer: str) -> str:
    """The IP address in what gRPC calls a peer (`ipv4:192.0.2.1:53412`, `ipv6:%5B::1%5D:53412`); else empty."""
    kind, _, rest = unquote(peer).partition(":")
    host = rest.rpartition(":")[0].strip("[]").partition("%")[0]
    try:
        return str(ip_address(host)) if kind in ("ipv4", "ipv6") else ""
    except ValueError:
        return ""


def _call(address: str, holder: KeyHolder | None) -> Call:
    if holder is None:
        return Call(OPERATORS_TENANT, "unknown", ip_address=address)
    return Call(holder.tenant_id, holder.label, ip_address=address)
