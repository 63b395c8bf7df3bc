"""Who grants or refuses one more: a limiter counts by the rules, in windows that are kept elsewhere."""

import hmac
import math
from collections.abc import Callable, Sequence
from datetime import timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Protocol

from identity_service.calls.call import Call
from identity_service.errors import LimitExceeded
from identity_service.identity.limits.rules import COUNTED_PER_PROCESS, Limits, Rule
from identity_service.identity.limits.windows import Take, Windows

SUBJECT_LABEL = b"identity-service/limit-subject/v1"
"""The label of the sub-key that a limiter hides its subjects with."""

_SHARED = frozenset(Rule) - COUNTED_PER_PROCESS

Hit = tuple[Rule, *tuple[str, ...]]
"""A rule, and the subject that it counts by, without the tenant."""


def network_of(ip_text: str) -> str:
    """What an IP address is counted as: IPv4 by itself, IPv6 by its /64, which is one customer's.

    Text that is no IP address is counted as it is; empty text stays empty.
    """
    try:
        address = ip_address(ip_text)
    except ValueError:
        return ip_text
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), 64), strict=False))


class Limiter(Protocol):
    """Grants or refuses one more of something."""

    def hit(self, rule: Rule, *subject: str) -> None:
        """Count one for the subject, or raise `LimitExceeded` with the time until one more is granted.

        `subject` is what the rule counts by, tenant first. When a part is empty (a client whose IP address is
        not known) the rule does not apply, rather than count all such clients as one.
        """

    def hit_all(self, call: Call, *hits: Hit) -> None:
        """Count one for each rule and subject, or none and raise `LimitExceeded` with the longest wait.

        A repeated call (the same `request_id` with the same content) is counted once, also while the first is
        under way.
        """


class NoLimits:
    """Grants everything: `IDENTITY_RATE_LIMITS=off`, for load tests."""

    def hit(self, rule: Rule, *subject: str) -> None:
        """Does nothing."""

    def hit_all(self, call: Call, *hits: Hit) -> None:
        """Does nothing."""


class CountingLimiter:
    """Counts hits under keyed hashes, so that no address stands in a store: in `windows`, or in this process."""

    def __init__(
        self, limits_of: Callable[[str], Limits], windows: Windows, subject_key: bytes, *, local: Windows
    ) -> None:
        """`limits_of` answers what holds for a tenant."""
        self._limits_of = limits_of
        self._windows = windows
        self._subject_key = subject_key
        self._local = local

    def hit(self, rule: Rule, *subject: str) -> None:
        """Count one for the subject, or raise `LimitExceeded`; the time is rounded up to the second."""
        self._take([(rule, *subject)])

    def hit_all(self, call: Call, *hits: Hit) -> None:
        """Count one for each, or none and raise `LimitExceeded`."""
        self._take([(hit[0], call.tenant_id, *hit[1:]) for hit in hits], self._repeat_key(call, hits))

    def _take(self, hits: Sequence[Hit], repeat: str | None = None) -> None:
        # Rules that are counted here and rules that are shared are each all or none, but not together.
        known = [hit for hit in hits if all(hit[1:])]
        for windows, rules in ((self._local, COUNTED_PER_PROCESS), (self._windows, _SHARED)):
            takes = [self._counted(*hit) for hit in known if hit[0] in rules]
            wait = windows.take(takes, repeat) if takes else None
            if wait is not None:
                raise LimitExceeded(timedelta(seconds=max(1, math.ceil(wait))))

    def _counted(self, rule: Rule, tenant_id: str, *subject: str) -> Take:
        return Take(f"{rule}:{self._digest(tenant_id, *subject)}", self._limits_of(tenant_id).of(rule))

    def _repeat_key(self, call: Call, hits: Sequence[Hit]) -> str | None:
        """What tells a repeat from another call, and from another hit of the same call."""
        if call.request is None:
            return None
        asked, rules = call.request, " ".join(hit[0] for hit in hits)
        return f"repeat:{self._digest(call.tenant_id, rules, asked.rpc, str(asked.id), asked.payload.hex())}"

    def _digest(self, *parts: str) -> str:
        return hmac.digest(self._subject_key, "\0".join(parts).encode(), "sha256")[:16].hex()
