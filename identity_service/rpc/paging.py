"""Pages: a size that is kept within bounds, and tokens that belong to one filter."""

import hashlib
import struct
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar
from uuid import UUID

from identity_service.errors import FieldViolation, InvalidInput
from identity_service.rpc import opaque_tokens

DEFAULT_SIZE = 50
LARGEST_SIZE = 200
_PAGE = struct.Struct(">16s8s")


class Identified(Protocol):
    """A row that pages can be told apart by."""

    @property
    def id(self) -> UUID: ...


Row = TypeVar("Row", bound=Identified)


class PageTokenInvalid(InvalidInput):
    """The page token is not one that was answered for this filter."""

    reason = "PAGE_TOKEN_INVALID"

    def __init__(self) -> None:
        super().__init__([FieldViolation("page_token", "was not answered for this filter; start again without it")])


def page_size(asked: int) -> int:
    """0 is the default; more than the largest is lowered. (The contract refuses negative ones.)"""
    return min(asked or DEFAULT_SIZE, LARGEST_SIZE)


def last_seen(request: Any) -> UUID | None:
    """The id that the page before ended with; None for the first page. Raises `PageTokenInvalid`."""
    if not request.page_token:
        return None
    values = opaque_tokens.unpacked(_PAGE, request.page_token)
    if values is None or values[1] != _filter_digest(request):
        raise PageTokenInvalid()
    return UUID(bytes=values[0])


def page(request: Any, read: Callable[..., list[Row]]) -> tuple[list[Row], str]:
    """The rows of the page that `request` asks for, and the token of the next one.

    `read` is told `before` which id to begin and how many rows: one more than the page has, to see whether there are
    any left. Raises `PageTokenInvalid`.
    """
    size = page_size(request.page_size)
    found = read(before=last_seen(request), size=size + 1)
    last = found[size - 1].id if len(found) > size else None
    return found[:size], token_after(request, last)


def token_after(request: Any, last_seen: UUID | None) -> str:
    """Where the page after `last_seen` starts; empty when that is None, because there is none."""
    if last_seen is None:
        return ""
    return opaque_tokens.packed(_PAGE, last_seen.bytes, _filter_digest(request))


def last_seen_text(request: Any) -> str | None:
    """Like `last_seen`, for pages that are sorted by a text. Raises `PageTokenInvalid`."""
    if not request.page_token:
        return None
    values = opaque_tokens.unpacked_text(request.page_token)
    if values is None or values[1] != _filter_digest(request) or "\0" in values[0]:  # which no database could look for
        raise PageTokenInvalid()
    return values[0]


def next_page_token_of_text(request: Any, found: Sequence[str], size: int) -> str:
    """Where the next page starts; empty when `found`, asked for with one text more than `size`, was the rest."""
    if len(found) <= size:
        return ""
    return opaque_tokens.packed_text(found[size - 1], _filter_digest(request))


def _filter_digest(request: Any) -> bytes:
    filtered = type(request)()
    filtered.CopyFrom(request)
    filtered.ClearField("page_token")
    filtered.ClearField("page_size")
    return hashlib.sha256(filtered.SerializeToString(deterministic=True)).digest()[:8]
