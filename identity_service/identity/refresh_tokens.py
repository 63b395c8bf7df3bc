"""Refresh tokens: opaque, derived from the session and its generation, so that none has to be kept.

A token is base64url of the session id (16 bytes), the generation (4 bytes, big-endian) and 32 bytes of
HMAC-SHA256 over both. Because it is derived, two refreshes at the same moment are answered with the same
successor.
"""

import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from identity_service.secret_keys import KeyRing

TOKEN_LENGTH = 70
LAST_GENERATION = 2**31 - 1
"""What an integer column holds. No parsed token speaks of it, so that each can have a successor."""

_LABEL = b"identity-service/refresh-token/v1"
# 52 bytes leave four spare bits in the last character; only one spelling of each token is accepted.
_TOKEN = re.compile(rf"[A-Za-z0-9_-]{{{TOKEN_LENGTH - 1}}}[AQgw]")


class SessionGeneration(NamedTuple):
    """What a refresh token speaks of: a session, and which of its successive tokens."""

    session_id: UUID
    generation: int


def refresh_token(ring: KeyRing, key_id: str, session_id: UUID, generation: int) -> str:
    """The refresh token of one generation of a session; 70 characters.

    Raises `KeyError` when the key has left the ring.
    """
    subject = session_id.bytes + generation.to_bytes(4)
    proof = hmac.digest(ring.derive(key_id, _LABEL), subject, "sha256")
    return urlsafe_b64encode(subject + proof).decode("ascii").rstrip("=")


def parse(token: str) -> SessionGeneration | None:
    """What a token speaks of, or None when the text is no token. This proves nothing yet."""
    if not _TOKEN.fullmatch(token):
        return None
    raw = urlsafe_b64decode(token + "==")
    found = SessionGeneration(UUID(bytes=raw[:16]), int.from_bytes(raw[16:20]))
    return found if found.generation < LAST_GENERATION else None


def authentic(ring: KeyRing, key_id: str, token: str) -> bool:
    """Whether this token was made with this key. Constant time; False when the key has left the ring."""
    subject = parse(token)
    if subject is None or key_id not in ring:
        return False
    return hmac.compare_digest(refresh_token(ring, key_id, *subject), token)


def fingerprint(token: str) -> bytes:
    """What is stored of a token: its SHA-256, 32 bytes."""
    return sha256(token.encode()).digest()
