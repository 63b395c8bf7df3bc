"""What each kind of mail says that differs from one recipient to the next: one typed context per kind.

`sample()` gives one with every field filled, for tests, previews and the gallery. A new kind is a class here, its
folder of templates, and its line in `kinds.FACTS`.
"""

from collections.abc import Mapping
from types import MappingProxyType

from identity_service.notification.kinds import Kind
from identity_service.notification.rendering.contexts.context import Context
from identity_service.notification.rendering.contexts.notices import (
    AccountDeleted,
    AddressTaken,
    EmailChanged,
    Notice,
    PasswordChanged,
    Welcome,
)
from identity_service.notification.rendering.contexts.proofs import (
    EmailChange,
    Invitation,
    OneTimeCode,
    ResetCode,
    ResetLink,
    Verification,
)

AnyContext = (
    Verification
    | OneTimeCode
    | ResetLink
    | ResetCode
    | Welcome
    | PasswordChanged
    | EmailChange
    | EmailChanged
    | AccountDeleted
    | Invitation
    | Notice
    | AddressTaken
)

CONTEXTS: Mapping[Kind, type[AnyContext]] = MappingProxyType(
    {
        context.kind: context
        for context in (
            Verification,
            OneTimeCode,
            ResetLink,
            ResetCode,
            Welcome,
            PasswordChanged,
            EmailChange,
            EmailChanged,
            AccountDeleted,
            Invitation,
            Notice,
            AddressTaken,
        )
    }
)
"""The context that each kind needs."""

__all__ = [
    "CONTEXTS",
    "AccountDeleted",
    "AddressTaken",
    "AnyContext",
    "Context",
    "EmailChange",
    "EmailChanged",
    "Invitation",
    "Notice",
    "OneTimeCode",
    "PasswordChanged",
    "ResetCode",
    "ResetLink",
    "Verification",
    "Welcome",
]
