"""Rate limits: how often who may do what.

Every rule is a moving window: in no span as long as its period are more than its amount granted, and refused
calls count for nothing. Where the count is kept is the business of `limit_windows.py`.
"""

import hmac
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Protocol, Self, cast

from identity_service.calls.call import Call
from identity_service.errors import LimitExceeded

SUBJECT_LABEL = b"identity-service/limit-subject/v1"
"""The label of the sub-key that a limiter hides its subjects with."""

_RATE = re.compile(r"([1-9]\d{0,4})/([1-9]\d{0,5})?([smhd])")
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, slots=True)
class Rate:
    """So many in any span of so many seconds."""

    amount: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `3/10m`: an amount and a period in s, m, h or d (`3/h` is `3/1h`). Raises `ValueError`."""
        match = _RATE.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"{text!r} is not a limit; write an amount and a period, such as 3/10m, 5/h or 100/1d")
        amount, periods, unit = match.groups()
        return cls(int(amount), int(periods or 1) * _UNIT_SECONDS[unit])


class Rule(StrEnum):
    """What is limited, and by which subject (with its tenant). `IDENTITY_LIMIT_<NAME>` sets its rate."""

    REGISTER = "register"
    """By the network of the client."""
    REGISTER_ADDRESS = "register_address"
    """By the address: many networks together must not flood a mailbox."""
    NEW_PASSWORD_NETWORK = "new_password_network"  # noqa: S105 - the name of a rule
    """By the network, and wide: passwords judged, refused ones too, because judging one may keep the interpreter busy
    for 40 ms. Counted per process."""
    OTP_REQUEST = "otp_request"
    """By the address."""
    OTP_REQUEST_NETWORK = "otp_request_network"
    """By the network, and wide: one client must not mail to many addresses."""
    CODE_NETWORK = "code_network"
    """By the network, whatever the codes are for, and wide: against guessing at many addresses. Counted per process."""
    SIGN_IN = "sign_in"
    """By address and network: somebody else's wrong passwords lock nobody out."""
    SIGN_IN_ADDRESS = "sign_in_address"
    """By the address alone, and wide: against guessing from many networks."""
    PASSWORD_RESET_ADDRESS = "password_reset_address"  # noqa: S105 - the name of a rule
    """By the address."""
    PASSWORD_RESET_NETWORK = "password_reset_network"  # noqa: S105 - the name of a rule
    """By the network."""
    VERIFICATION_RESEND = "verification_resend"
    """By the address."""
    VERIFICATION_RESEND_NETWORK = "verification_resend_network"
    """By the network, and wide."""
    PASSWORD_CHECK = "password_check"  # noqa: S105 - the name of a rule
    """By user and network: passwords given again by who is signed in."""
    PASSWORD_CHECK_USER = "password_check_user"  # noqa: S105 - the name of a rule
    """By the user alone, and wide: against guessing from many networks, or from one that no caller states."""
    CALLER_REFUSED = "caller_refused"
    """By the network of the calling backend, or its key: calls without a valid key, or without the scope they need.
    Counted per process."""
    EMAIL_CHANGE = "email_change"
    """By the user."""
    INVITATION = "invitation"
    """By the inviter."""
    INVITATION_ADDRESS = "invitation_address"
    """By the invited address: many inviters together must not flood a mailbox."""


COUNTED_PER_PROCESS = frozenset({Rule.CODE_NETWORK, Rule.NEW_PASSWORD_NETWORK, Rule.CALLER_REFUSED})
"""Rules wide enough that each process may count for itself. Their calls are too frequent for a trip to a store."""

_SHARED = frozenset(Rule) - COUNTED_PER_PROCESS

Hit = tuple[Rule, *tuple[str, ...]]
"""A rule, and the subject that it counts by, without the tenant."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The rate of every rule; one field for each `Rule`."""

    register: Rate = Rate(3, 3600)
    register_address: Rate = Rate(5, 3600)
    new_password_network: Rate = Rate(60, 600)
    otp_request: Rate = Rate(3, 600)
    otp_request_network: Rate = Rate(30, 600)
    code_network: Rate = Rate(60, 600)
    sign_in: Rate = Rate(10, 900)
    sign_in_address: Rate = Rate(100, 3600)
    password_reset_address: Rate = Rate(5, 3600)
    password_reset_network: Rate = Rate(5, 3600)
    verification_resend: Rate = Rate(3, 600)
    verification_resend_network: Rate = Rate(30, 600)
    password_check: Rate = Rate(10, 900)
    password_check_user: Rate = Rate(100, 3600)
    caller_refused: Rate = Rate(60, 60)
    email_change: Rate = Rate(3, 3600)
    invitation: Rate = Rate(20, 3600)
    invitation_address: Rate = Rate(5, 3600)

    def changed(self, texts: Mapping[str, str]) -> Self:
        """These, some replaced: `{"otp_request": "5/10m"}`. Raises `ValueError` naming the limit."""
        return replace(self, **{name: _named_rate(name, text) for name, text in texts.items()})

    def of(self, rule: Rule) -> Rate:
        """The rate of one rule."""
        return cast(Rate, getattr(self, rule.value))


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


@dataclass(frozen=True, slots=True)
class Take:
    """One hit to be taken from the window of a key."""

    key: str
    rate: Rate


class Windows(Protocol):
    """Where granted hits are remembered."""

    def take(self, takes: Sequence[Take], repeat: str | None = None) -> float | None:
        """Take one hit of each and return None, or take none and return the seconds until all are free.

        With `repeat`, what is granted is remembered under that key for a while, and granted again without being taken.
        """


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


def _named_rate(name: str, text: str) -> Rate:
    if name not in {field.name for field in fields(Limits)}:
        raise ValueError(f"there is no limit named {name!r}")
    try:
        return Rate.parse(text)
    except ValueError as error:
        raise ValueError(f"limit {name}: {error}") from None
