"""Users as journeys answer them: everything about a person but the password."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from identity_service.storage.rows import User, UserState


@dataclass(frozen=True, slots=True)
class UserProfile:
    """A user without secrets, safe to keep and to answer."""

    id: UUID
    email: str
    given_name: str
    family_name: str
    user_type: str
    locale: str
    state: UserState
    created_at: datetime
    email_verified_at: datetime | None
    updated_at: datetime | None = None
    suspended_at: datetime | None = None
    suspend_reason: str = ""
    external_reference: str = ""

    @property
    def personal_to(self) -> UUID:
        """Whose data this is; see `Once`."""
        return self.id

    @classmethod
    def of(cls, user: User) -> Self:
        return cls(
            id=user.id,
            email=user.email,
            given_name=user.given_name,
            family_name=user.family_name,
            user_type=user.user_type,
            locale=user.locale,
            state=UserState(user.state),
            created_at=user.created_at,
            email_verified_at=user.email_verified_at,
            updated_at=user.updated_at,
            suspended_at=user.suspended_at,
            suspend_reason=user.suspend_reason or "",
            external_reference=user.external_reference or "",
        )


@dataclass(frozen=True, slots=True)
class ProvedUser:
    """The user as a proof has left them, and the mail that tells of it."""

    user: UserProfile
    notification_id: UUID

    @property
    def personal_to(self) -> UUID:
        """Whose data this is; see `Once`."""
        return self.user.id
