"""What each kind of mail says that differs from one recipient to the next: one typed context per kind.

`sample()` gives one with every field filled, for tests and the gallery. A new kind is a class here, its
folder of templates, and its line in `kinds.FACTS`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import ClassVar, Self

from identity_service.notification.kinds import Kind
from identity_service.notification.rendering.names import display_name

_SAMPLE_LINK = "https://example.com/verify#token=" + "AZkq3v0x-Rk_" * 5 + "Zk0T"
_SAMPLE_TIME = datetime(2025, 3, 3, 14, 5, tzinfo=UTC)


@dataclass(frozen=True)
class Context:
    """What every mail knows: the recipient's given name, "" when unknown or not fit to be shown.

    The name is cleaned here and not in the templates, so that no template can forget it.
    """

    kind: ClassVar[Kind]
    given_name: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "given_name", display_name(self.given_name))


@dataclass(frozen=True)
class Verification(Context):
    """Proof of an address, by a code of six digits or by a link. `expires_in` holds for both."""

    kind = Kind.VERIFICATION
    code: str
    link: str
    expires_in: timedelta

    @classmethod
    def sample(cls) -> Self:
        return cls("Amina", code="048213", link=_SAMPLE_LINK, expires_in=timedelta(hours=24))


@dataclass(frozen=True)
class OneTimeCode(Context):
    """A code to sign in with, and who asked for it and when."""

    kind = Kind.ONE_TIME_CODE
    code: str
    expires_in: timedelta
    requested_at: datetime
    ip_address: str | None = None

    @classmethod
    def sample(cls) -> Self:
        return cls("Amina", "730416", timedelta(minutes=10), _SAMPLE_TIME, "203.0.113.7")


@dataclass(frozen=True)
class Welcome(Context):
    """The address is proved and the account is open."""

    kind = Kind.WELCOME

    @classmethod
    def sample(cls) -> Self:
        return cls("Amina")


@dataclass(frozen=True)
class AddressTaken(Context):
    """Somebody tried to register an address that has an account.

    The name is the owner's, never the one submitted.
    """

    kind = Kind.ADDRESS_TAKEN
    requested_at: datetime
    ip_address: str | None = None

    @classmethod
    def sample(cls) -> Self:
        return cls("Amina", _SAMPLE_TIME, "203.0.113.7")


AnyContext = Verification | OneTimeCode | Welcome | AddressTaken

CONTEXTS: Mapping[Kind, type[AnyContext]] = MappingProxyType(
    {context.kind: context for context in (Verification, OneTimeCode, Welcome, AddressTaken)}
)
"""The context that each kind needs."""
