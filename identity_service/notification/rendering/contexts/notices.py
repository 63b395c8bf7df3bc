"""Mails that tell something and ask for nothing back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self

from identity_service.notification.kinds import Kind
from identity_service.notification.rendering.contexts.context import SAMPLE_IP, SAMPLE_NAME, SAMPLE_TIME, Context


@dataclass(frozen=True)
class Welcome(Context):
    """The address is proved and the account is open."""

    kind = Kind.WELCOME

    @classmethod
    def sample(cls) -> Self:
        return cls(SAMPLE_NAME)


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
        return cls(SAMPLE_NAME, SAMPLE_TIME, SAMPLE_IP)


@dataclass(frozen=True)
class PasswordChanged(Context):
    """The password was changed. `link` leads to where a reset begins: it carries no token."""

    kind = Kind.PASSWORD_CHANGED
    must_show = ("link",)
    link: str
    changed_at: datetime
    ip_address: str | None = None

    @classmethod
    def sample(cls) -> Self:
        return cls(SAMPLE_NAME, "https://example.com/reset-password", SAMPLE_TIME, SAMPLE_IP)


@dataclass(frozen=True)
class EmailChanged(Context):
    """The account has another address, of which only a hint is shown; goes to the one it had."""

    kind = Kind.EMAIL_CHANGED
    new_email_hint: str
    changed_at: datetime
    ip_address: str | None = None

    @classmethod
    def sample(cls) -> Self:
        return cls(SAMPLE_NAME, "a•••@example.com", SAMPLE_TIME, SAMPLE_IP)


@dataclass(frozen=True)
class AccountDeleted(Context):
    """The account and its data are gone."""

    kind = Kind.ACCOUNT_DELETED
    deleted_at: datetime

    @classmethod
    def sample(cls) -> Self:
        return cls(SAMPLE_NAME, SAMPLE_TIME)


@dataclass(frozen=True)
class Notice(Context):
    """What an operator writes: a subject line, and plain text with a blank line between paragraphs.

    `data` is shown by no template of ours; an override may name its values.
    """

    kind = Kind.NOTIFICATION
    must_show = ("message",)
    subject_names = frozenset({"title", "data"})
    title: str
    message: str
    data: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def sample(cls) -> Self:
        message = (
            "From March 10 on, payments arrive a day earlier: we have moved to a faster bank.\n\n"
            "You need not do anything. What changes, and when:\nhttps://example.com/news/payments\n\n"
            "Thank you for your trust."
        )
        return cls(SAMPLE_NAME, "Payments at Example arrive a day earlier", message)

    def translated(self, gettext: Callable[[str], str]) -> Self:
        return replace(self, title=gettext(self.title), message=gettext(self.message))
