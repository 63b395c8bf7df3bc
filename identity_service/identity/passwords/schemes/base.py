"""What all schemes share: a parsed hash, why one is refused, and how much work one may ask for."""

import binascii
from base64 import b64decode, b64encode
from enum import StrEnum
from typing import Protocol

MOST_MEMORY_KIB = 256 * 1024
"""What the check of one password may take. Anybody who may import users could otherwise halt every server."""
SHORTEST_DIGEST = 16
LONGEST_DIGEST = 128
"""Bytes. A shorter digest is met by chance."""


class Scheme(StrEnum):
    """A way to keep passwords."""

    ARGON2 = "argon2"
    PBKDF2 = "pbkdf2"
    BCRYPT = "bcrypt"
    BCRYPT_SHA256 = "bcrypt_sha256"
    SCRYPT = "scrypt"


class HashRefused(ValueError):
    """The text is no hash that can be checked, or one that costs too much to. It says why, and quotes nothing."""


class EncodedHash(Protocol):
    """A hash whose parameters were found sound."""

    @property
    def scheme(self) -> Scheme:
        """What it was made with."""

    def verify(self, password: bytes) -> bool:
        """Whether it is the hash of that password; comparison takes the same time for any."""


def decoded(text: str, what: str) -> bytes:
    """The bytes of base64 with or without its padding. Raises `HashRefused` naming `what`."""
    try:
        return b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise HashRefused(f"the {what} is not base64") from None


def canonical(text: str, what: str) -> bytes:
    """The same, of what a library decodes that is strict: without padding, and with no spare bit set."""
    content = decoded(text, what)
    if b64encode(content).decode().rstrip("=") != text:
        raise HashRefused(f"the {what} is not base64 as it should be")
    return content


def require_digest(digest: bytes) -> bytes:
    """The digest, if it has a usual length."""
    if not SHORTEST_DIGEST <= len(digest) <= LONGEST_DIGEST:
        raise HashRefused(f"the digest must have {SHORTEST_DIGEST} to {LONGEST_DIGEST} bytes")
    return digest


def require_at_most(value: int, most: int, what: str) -> int:
    """The value, if it is one to `most`."""
    if not 1 <= value <= most:
        raise HashRefused(f"{what} must be 1 to {most}")
    return value
