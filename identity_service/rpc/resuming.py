"""Tokens that resume a stream: each stands for all that its watcher has seen."""

import struct
from uuid import UUID

from identity_service.errors import FieldViolation, InvalidInput
from identity_service.rpc import opaque_tokens

_RESUME = struct.Struct(">16sI")


class ResumeTokenInvalid(InvalidInput):
    """The resume token is not one of this stream."""

    reason = "RESUME_TOKEN_INVALID"

    def __init__(self) -> None:
        super().__init__([FieldViolation("resume_token", "is not one of this stream; watch again without it")])


def resume_token(notification_id: UUID, revision: int) -> str:
    """Stands for all that a watcher has seen of a notification."""
    return opaque_tokens.packed(_RESUME, notification_id.bytes, revision)


def resumed_revision(token: str, notification_id: UUID) -> int:
    """The revision seen last, -1 without a token. Raises `ResumeTokenInvalid`."""
    if not token:
        return -1
    values = opaque_tokens.unpacked(_RESUME, token)
    if values is None or values[0] != notification_id.bytes:
        raise ResumeTokenInvalid()
    return int(values[1])
