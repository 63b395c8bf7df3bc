"""What can go wrong with a repeated call."""

from identity_service.errors import Aborted, FailedPrecondition


class RequestIdReused(FailedPrecondition):
    """The `request_id` belongs to a call with another content, or to one whose answer held credentials."""

    reason = "REQUEST_ID_REUSED"
    message = "This request_id was used before, for another call. Use a new one."


class Conflict(Aborted):
    """Another call did the same thing at the same moment."""
