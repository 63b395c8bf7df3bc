"""Tokens that resume a stream: each stands for all that its watcher has seen."""

import struct
from uuid import UUID

from identity_service.calls.audit_reading import Position
from identity_service.calls.errors import ResumeTokenInvalid
from identity_service.rpc import opaque_tokens

_RESUME = struct.Struct(">16sI")
_AUDIT = struct.Struct(">1sQ16s")
_AUDIT_MARK = b"a"


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


def audit_token(position: Position) -> str:
    """Stands for all events up to a position."""
    return opaque_tokens.packed(_AUDIT, _AUDIT_MARK, position.number, position.id.bytes)


def resumed_position(token: str) -> Position | None:
    """The position seen last, None without a token. Raises `ResumeTokenInvalid`."""
    if not token:
        return None
    values = opaque_tokens.unpacked(_AUDIT, token)
    if values is None or values[0] != _AUDIT_MARK or values[1] >= 2**63:
        raise ResumeTokenInvalid()
    return Position(values[1], UUID(bytes=values[2]))
