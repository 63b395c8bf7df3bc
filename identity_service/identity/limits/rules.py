"""Rates, the rules that they belong to, and what holds where nothing else is said."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Self, cast

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


def _named_rate(name: str, text: str) -> Rate:
    if name not in {field.name for field in fields(Limits)}:
        raise ValueError(f"there is no limit named {name!r}")
    try:
        return Rate.parse(text)
    except ValueError as error:
        raise ValueError(f"limit {name}: {error}") from None
