"""What can go wrong in a journey. Each reason stands in `protos/identity/v1/error_reason.proto`."""

from identity_service.errors import (
    AlreadyExists,
    FailedPrecondition,
    FieldViolation,
    InvalidInput,
    LimitExceeded,
    NotFound,
    Unauthenticated,
)


class ProofRejected(Unauthenticated):
    """A link token or code is wrong, unknown, expired, used, of another tenant or purpose: the caller cannot tell."""

    reason = "PROOF_INVALID"
    message = "The link or code is not valid. Ask for a new one."


class CredentialsRejected(Unauthenticated):
    """The address is unknown, the password wrong, or the user suspended: the caller cannot tell."""

    reason = "CREDENTIALS_INVALID"
    message = "The e-mail address or the password is not right."


class RefreshTokenRejected(Unauthenticated):
    """The refresh token is unknown, expired, used before, or its session is over."""

    reason = "REFRESH_TOKEN_INVALID"
    message = "The refresh token is not valid. Sign in again."


class AttemptsExhausted(LimitExceeded):
    """The address has been tried too often for this purpose; a resend does not change that."""

    reason = "ATTEMPTS_EXHAUSTED"
    message = "Too many codes were tried for this address. Try again later."


class PasswordConfirmationMismatch(InvalidInput):
    """The confirmation differs from the password."""

    reason = "PASSWORD_CONFIRMATION_MISMATCH"

    def __init__(self) -> None:
        super().__init__([FieldViolation("password_confirmation", "must be the same as the password")])


class UserTypeNotAllowed(InvalidInput):
    """Nobody may register themselves as this type."""

    reason = "USER_TYPE_NOT_ALLOWED"

    def __init__(self) -> None:
        super().__init__([FieldViolation("user_type", "is not a type that may register by itself")])


class EmailTaken(AlreadyExists):
    """The address has a user. Raised only where the tenant turned the protection against enumeration off."""

    reason = "EMAIL_TAKEN"
    message = "This e-mail address is registered already."


class UserNotFound(NotFound):
    """No such user in this tenant."""

    reason = "USER_NOT_FOUND"
    message = "There is no such user."


class UserSuspended(FailedPrecondition):
    """The user may not do this while suspended. Only where the caller named the user by id."""

    reason = "USER_SUSPENDED"
    message = "This user is suspended."


class SessionNotFound(NotFound):
    """No such session of this user in this tenant."""

    reason = "SESSION_NOT_FOUND"
    message = "There is no such session."


class EmailAlreadyVerified(FailedPrecondition):
    """There is nothing left to verify."""

    reason = "EMAIL_ALREADY_VERIFIED"
    message = "This user's e-mail address is verified already."
