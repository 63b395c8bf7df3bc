"""The families of domain errors.

Journeys and queries raise subclasses of these; nothing here knows how an error travels. `rpc/errors.py` is
the one place that gives each family its transport code. A subclass names its own `reason` and `message`:

    class NotificationNotFound(NotFound):
        \"\"\"No such notification in this tenant.\"\"\"
        reason = "NOTIFICATION_NOT_FOUND"
        message = "There is no such notification."
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """One refused field: its path as in the contract (`client.ip_address`, `states[2]`) and what is wrong.

    The description goes on where the path ends ("must not be empty"), and holds no secret.
    """

    field: str
    description: str


class DomainError(Exception):
    """Root of every error a caller may see.

    `reason` is a stable UPPER_SNAKE name from `protos/identity/v1/error_reason.proto`, without its prefix.
    `message` is for a developer and reaches the caller: never put a secret or a submitted value in it.
    """

    reason: str = "INTERNAL"
    message: str = "The call could not be completed."

    def __init__(self, message: str | None = None, *, reason: str | None = None) -> None:
        self.message = message or self.message
        self.reason = reason or self.reason
        super().__init__(self.message)


class InvalidInput(DomainError):
    """The request is wrong whatever the state of the system; `fields` says where."""

    reason = "INVALID_INPUT"
    message = "Some fields of the request are not valid."

    def __init__(
        self, fields: Sequence[FieldViolation], message: str | None = None, *, reason: str | None = None
    ) -> None:
        super().__init__(message, reason=reason)
        self.fields = tuple(fields)


class Unauthenticated(DomainError):
    """A credential or proof is wrong. One reason per kind of credential, whatever made it wrong."""

    reason = "CREDENTIALS_INVALID"
    message = "The credentials are not valid."


class PermissionDenied(DomainError):
    """The caller is known, and may not do this."""

    reason = "SCOPE_MISSING"
    message = "The caller lacks the scope that this call needs."


class NotFound(DomainError):
    """The named thing does not exist in the caller's tenant. Subclasses name their reason."""

    message = "There is no such thing."


class AlreadyExists(DomainError):
    """The thing to be made exists. Subclasses name their reason."""

    message = "It exists already."


class FailedPrecondition(DomainError):
    """The thing's state does not allow this; repeating will not help. Subclasses name their reason."""

    message = "The current state does not allow this."


class Aborted(DomainError):
    """Another call got in between; the caller may try again."""

    reason = "CONFLICT"
    message = "Another call changed the same thing at the same time. Try again."


class LimitExceeded(DomainError):
    """A limit is used up; `retry_after` is the time from now until a next try can succeed."""

    reason = "RATE_LIMITED"
    message = "Too many requests. Try again later."

    def __init__(self, retry_after: timedelta, message: str | None = None, *, reason: str | None = None) -> None:
        super().__init__(message, reason=reason)
        self.retry_after = retry_after


class Unavailable(DomainError):
    """Something the service depends on is away for now; the caller may try again."""

    reason = "DATABASE_UNAVAILABLE"
    message = "The service cannot reach its database. Try again."
