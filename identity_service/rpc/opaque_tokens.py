"""Tokens that clients bring back as they got them: packed values as text. They are no secrets, and prove nothing."""

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any


def packed(form: struct.Struct, *values: object) -> str:
    """The values as a token."""
    return _encoded(form.pack(*values))


def unpacked(form: struct.Struct, token: str) -> tuple[Any, ...] | None:
    """The values of a token; None for what is no token of this form."""
    try:
        return form.unpack(_decoded(token))
    except (struct.error, ValueError):
        return None


def packed_text(text: str, mark: bytes) -> str:
    """A text and 8 bytes as a token."""
    return _encoded(mark + text.encode())


def unpacked_text(token: str) -> tuple[str, bytes] | None:
    """The text and the 8 bytes of a token; None for what is no such token."""
    try:
        content = _decoded(token)
        return content[8:].decode(), content[:8]
    except ValueError:
        return None


def _encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


def _decoded(token: str) -> bytes:
    return urlsafe_b64decode(token + "=" * (-len(token) % 4))
