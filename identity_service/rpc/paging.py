"""Pages: a size that is kept within bounds, and tokens that belong to one filter."""

import hashlib
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from typing import Any
from uuid import UUID

from identity_service.errors import FieldViolation, InvalidInput

DEFAULT_SIZE = 50
LARGEST_SIZE = 200
_PAGE = struct.Struct(">16s8s")
_RESUME = struct.Struct(">16sI")


class PageTokenInvalid(InvalidInput):
    """The page token is not one that was answered for this filter."""

    reason = "PAGE_TOKEN_INVALID"

    def __init__(self) -> None:
        super().__init__([FieldViolation("page_token", "was not answered for this filter; start again without it")])


class ResumeTokenInvalid(InvalidInput):
    """The resume token is not one of this stream."""

    reason = "RESUME_TOKEN_INVALID"

    def __init__(self) -> None:
        super().__init__([FieldViolation("resume_token", "is not one of this stream; watch again without it")])


def page_size(asked: int) -> int:
    """0 is the default; more than the largest is lowered. (The contract refuses negative ones.)"""
    return min(asked or DEFAULT_SIZE, LARGEST_SIZE)


def last_seen(request: Any) -> UUID | None:
    """The id that the page before ended with; None for the first page. Raises `PageTokenInvalid`."""
    if not request.page_token:
        return None
    last, digest = _unpacked(_PAGE, request.page_token, PageTokenInvalid)
    if digest != _filter_digest(request):
        raise PageTokenInvalid()
    return UUID(bytes=last)


def next_page_token(request: Any, found: list[Any], size: int) -> str:
    """Where the next page starts; empty when `found`, asked for with one row more than `size`, was the rest."""
    if len(found) <= size:
        return ""
    return _packed(_PAGE.pack(found[size - 1].id.bytes, _filter_digest(request)))


def resume_token(notification_id: UUID, revision: int) -> str:
    """Stands for all that a watcher has seen of a notification."""
    return _packed(_RESUME.pack(notification_id.bytes, revision))


def resumed_revision(token: str, notification_id: UUID) -> int:
    """The revision seen last, -1 without a token. Raises `ResumeTokenInvalid`."""
    if not token:
        return -1
    of, revision = _unpacked(_RESUME, token, ResumeTokenInvalid)
    if of != notification_id.bytes:
        raise ResumeTokenInvalid()
    return int(revision)


def _filter_digest(request: Any) -> bytes:
    filtered = type(request)()
    filtered.CopyFrom(request)
    filtered.ClearField("page_token")
    filtered.ClearField("page_size")
    return hashlib.sha256(filtered.SerializeToString(deterministic=True)).digest()[:8]


def _packed(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _unpacked(form: struct.Struct, token: str, refused: type[InvalidInput]) -> tuple[Any, ...]:
    try:
        return form.unpack(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (struct.error, Base64Error, ValueError):
        raise refused() from None  # type: ignore[call-arg]
