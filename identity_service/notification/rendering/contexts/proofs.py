"""Mails that ask their reader to bring something back: a code, a link, or either. `expires_in` holds for both."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from identity_service.notification.kinds import Kind
from identity_service.notification.rendering.contexts.context import (
    SAMPLE_CODE,
    SAMPLE_IP,
    SAMPLE_NAME,
    SAMPLE_TIME,
    Context,
    sample_link,
)
from identity_service.notification.rendering.names import display_name


@dataclass(frozen=True)
class CodeOrLink(Context):
    """Proof of an address, by a code of six digits or by a link."""

    must_show = ("code", "link")
    code: str
    link: str
    expires_in: timedelta


@dataclass(frozen=True)
class RequestedCode(Context):
    """A code, and who asked for it and when."""

    must_show = ("code",)
    code: str
    expires_in: timedelta
    requested_at: datetime
    ip_address: str | None = None


@dataclass(frozen=True)
class Verification(CodeOrLink):
    """Proof of an address at registration."""

    kind = Kind.VERIFICATION

    @classmethod
    def sample(cls) -> Self:
        return cls(SAMPLE_NAME, code=SAMPLE_CODE, link=sample_link("verify-email"), expires_in=timedelta(hours=24))


@dataclass(frozen=True)
class OneTimeCode(RequestedCode):
    """A code to sign in with."""

    kind = Kind.ONE_TIME_CODE

    @classmethod
    def sample(cls) -> Self:
        return cls(SAMPLE_NAME, "730416", timedelta(minutes=10), SAMPLE_TIME, SAMPLE_IP)


@dataclass(frozen=True)
class ResetLink(Context):
    """A link to set a new password, and who asked for it and when."""

    kind = Kind.RESET_LINK
    must_show = ("link",)
    link: str
    expires_in: timedelta
    requested_at: datetime
    ip_address: str | None = None

    @classmethod
    def sample(cls) -> Self:
        return cls(SAMPLE_NAME, sample_link("reset-password"), timedelta(hours=1), SAMPLE_TIME, SAMPLE_IP)


@dataclass(frozen=True)
class ResetCode(RequestedCode):
    """A code to set a new password."""

    kind = Kind.RESET_CODE

    @classmethod
    def sample(cls) -> Self:
        return cls(SAMPLE_NAME, SAMPLE_CODE, timedelta(hours=1), SAMPLE_TIME, SAMPLE_IP)


@dataclass(frozen=True)
class EmailChange(CodeOrLink):
    """Proof of an account's new address; goes to the new address."""

    kind = Kind.EMAIL_CHANGE

    @classmethod
    def sample(cls) -> Self:
        link = sample_link("confirm-email-change")
        return cls(SAMPLE_NAME, code=SAMPLE_CODE, link=link, expires_in=timedelta(hours=24))


@dataclass(frozen=True)
class Invitation(Context):
    """A link to accept an invitation. The inviter gives a name and no other word, and that is cleaned like any."""

    kind = Kind.INVITATION
    must_show = ("link",)
    inviter_name: str
    link: str
    expires_in: timedelta

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "inviter_name", display_name(self.inviter_name))

    @classmethod
    def sample(cls) -> Self:
        return cls("", "Amina Haddad", sample_link("accept-invitation"), timedelta(days=7))
