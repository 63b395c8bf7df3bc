"""Tokens that clients bring back as they got them: packed values as text. They are no secrets, and prove nothing."""

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any


def packed(form: struct.Struct, *values: object) -> str:
    """The values as a token."""
    return urlsafe_b64encode(form.pack(*values)).decode().rstrip("=")


def unpacked(form: struct.Struct, token: str) -> tuple[Any, ...] | None:
    """The values of a token; None for what is no token of this form."""
    try:
        return form.unpack(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (struct.error, ValueError):
        return None
