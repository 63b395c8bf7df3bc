"""What a mail says: the values of its row, and the code or link that is derived here and kept nowhere."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from identity_service.notification.kinds import Kind
from identity_service.notification.rendering.brand import Brand
from identity_service.notification.rendering.contexts import (
    AccountDeleted,
    AddressTaken,
    AnyContext,
    EmailChange,
    EmailChanged,
    Invitation,
    Notice,
    OneTimeCode,
    PasswordChanged,
    ResetCode,
    ResetLink,
    Verification,
    Welcome,
)
from identity_service.storage.rows import Challenge, Notification


class Proofs(Protocol):
    """Derives what a mail asks its reader to bring back."""

    def code(self, challenge: Challenge) -> str:
        """The six digits of a challenge."""

    def link_token(self, challenge: Challenge) -> str:
        """The token of a challenge's link."""


@dataclass(frozen=True, slots=True)
class Origin:
    """One mail's row, the challenge it belongs to, and whose site its links lead to."""

    row: Notification
    challenge: Challenge | None
    brand: Brand
    proofs: Proofs

    @property
    def values(self) -> Mapping[str, Any]:
        """The harmless values that its journey wrote down."""
        return self.row.context

    @property
    def given_name(self) -> str:
        """The recipient's, "" where nobody knows it."""
        return str(self.values["given_name"])

    @property
    def code(self) -> str:
        return self.proofs.code(self._required())

    @property
    def expires_in(self) -> timedelta:
        """How long the code or link lives from the moment it was made."""
        challenge = self._required()
        return challenge.expires_at - challenge.created_at

    @property
    def trace(self) -> tuple[Any, Any]:
        """When the mail was caused, and from which IP address, None where nobody knows."""
        return self.row.created_at, self.values["ip_address"] or None

    def link(self, page: str) -> str:
        """The link to a page of the tenant's site, with the token that it spends."""
        return f"{self.brand.public_url}/{page}?token={self.proofs.link_token(self._required())}"

    def _required(self) -> Challenge:
        if self.challenge is None:
            raise LookupError("the challenge of this mail is gone")
        return self.challenge


def context_of(origin: Origin) -> AnyContext:
    """What the mail says. Raises `LookupError` when a value or the challenge is missing."""
    return _MADE[Kind(origin.row.kind)](origin)


def _password_changed(origin: Origin) -> PasswordChanged:
    return PasswordChanged(origin.given_name, f"{origin.brand.public_url}/reset-password", *origin.trace)


def _email_change(origin: Origin) -> EmailChange:
    return EmailChange(origin.given_name, origin.code, origin.link("confirm-email-change"), origin.expires_in)


def _invitation(origin: Origin) -> Invitation:
    link = origin.link("accept-invitation")
    return Invitation("", origin.values["inviter_name"], link, origin.expires_in)


def _notice(origin: Origin) -> Notice:
    values = origin.values
    return Notice(origin.given_name, values["subject"], values["message"], values.get("data", {}))


_MADE: Mapping[Kind, Callable[[Origin], AnyContext]] = {
    Kind.VERIFICATION: lambda of: Verification(of.given_name, of.code, of.link("verify-email"), of.expires_in),
    Kind.ONE_TIME_CODE: lambda of: OneTimeCode(of.given_name, of.code, of.expires_in, *of.trace),
    Kind.RESET_LINK: lambda of: ResetLink(of.given_name, of.link("reset-password"), of.expires_in, *of.trace),
    Kind.RESET_CODE: lambda of: ResetCode(of.given_name, of.code, of.expires_in, *of.trace),
    Kind.WELCOME: lambda of: Welcome(of.given_name),
    Kind.PASSWORD_CHANGED: _password_changed,
    Kind.EMAIL_CHANGE: _email_change,
    Kind.EMAIL_CHANGED: lambda of: EmailChanged(of.given_name, of.values["new_email_hint"], *of.trace),
    Kind.ACCOUNT_DELETED: lambda of: AccountDeleted(of.given_name, of.row.created_at),
    Kind.INVITATION: _invitation,
    Kind.NOTIFICATION: _notice,
    Kind.ADDRESS_TAKEN: lambda of: AddressTaken(of.given_name, *of.trace),
}
