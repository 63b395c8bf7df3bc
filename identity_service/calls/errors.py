"""What can go wrong with a repeated call, and with a stream."""

from identity_service.errors import Aborted, FailedPrecondition, FieldViolation, InvalidInput, Unavailable


class RequestIdReused(FailedPrecondition):
    """The `request_id` belongs to a call with another content, or to one whose answer held credentials."""

    reason = "REQUEST_ID_REUSED"
    message = "This request_id was used before, for another call. Use a new one."


class Conflict(Aborted):
    """Another call did the same thing at the same moment."""


class ResumeTokenInvalid(InvalidInput):
    """The resume token is not one of this stream."""

    reason = "RESUME_TOKEN_INVALID"

    def __init__(self) -> None:
        super().__init__([FieldViolation("resume_token", "is not one of this stream; watch again without it")])


class ServerStopping(Unavailable):
    """The process is ending; another one goes on."""

    reason = "SERVER_STOPPING"
    message = "This server is stopping. Try again; another one answers."
