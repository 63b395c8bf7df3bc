"""The link token and the six digits of a challenge: derived when mailed and when checked, and stored nowhere.

Both are HMACs over the purpose and the id of the challenge, with sub-keys of their own. So a retry or a
resend sends the same secret, a proof made for one purpose is worthless for another, and a stolen database
proves nothing.
"""

import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from enum import StrEnum
from uuid import UUID

from identity_service.secret_keys import KeyRing

TOKEN_LENGTH = 64
CODE_LENGTH = 6
_LINK_LABEL = b"identity-service/challenge-link/v1"
_CODE_LABEL = b"identity-service/challenge-code/v1"
_TOKEN = re.compile(rf"[A-Za-z0-9_-]{{{TOKEN_LENGTH}}}")
_ID_BYTES = 16


class Purpose(StrEnum):
    """What a challenge proves; a proof counts for its own purpose only."""

    VERIFY_EMAIL = "verify_email"
    SIGN_IN = "sign_in"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - the name of a purpose
    CHANGE_EMAIL = "change_email"
    INVITATION = "invitation"


def link_token(ring: KeyRing, key_id: str, purpose: Purpose, challenge_id: UUID) -> str:
    """The token of the link: base64url of the 16 bytes of the id and 32 bytes of HMAC-SHA256; 64 characters.

    Raises `KeyError` when the key has left the ring.
    """
    proof = _hmac(ring, key_id, _LINK_LABEL, purpose, challenge_id)
    return urlsafe_b64encode(challenge_id.bytes + proof).decode("ascii")


def challenge_id_of(token: str) -> UUID | None:
    """The challenge that a token speaks of, or None when the text is no token. This proves nothing yet."""
    if not _TOKEN.fullmatch(token):
        return None
    return UUID(bytes=urlsafe_b64decode(token)[:_ID_BYTES])


def token_proves(ring: KeyRing, key_id: str, purpose: Purpose, challenge_id: UUID, token: str) -> bool:
    """Whether the token is that of this challenge. Constant time; False when the key has left the ring."""
    return key_id in ring and _same(link_token(ring, key_id, purpose, challenge_id), token)


def code(ring: KeyRing, key_id: str, purpose: Purpose, challenge_id: UUID) -> str:
    """The six digits of a challenge, leading zeros included.

    They are the first 64 bits of an HMAC modulo a million: no code is likelier than another by more than one
    part in 10^13, which is why no draw is rejected. Raises `KeyError` when the key has left the ring.
    """
    proof = _hmac(ring, key_id, _CODE_LABEL, purpose, challenge_id)
    return f"{int.from_bytes(proof[:8]) % 10**CODE_LENGTH:0{CODE_LENGTH}d}"


def code_proves(ring: KeyRing, key_id: str, purpose: Purpose, challenge_id: UUID, candidate: str) -> bool:
    """Whether the digits are those of this challenge. Constant time; False when the key has left the ring."""
    return key_id in ring and _same(code(ring, key_id, purpose, challenge_id), candidate)


def _hmac(ring: KeyRing, key_id: str, label: bytes, purpose: Purpose, challenge_id: UUID) -> bytes:
    # The id has a fixed length and comes last, so that no two pairs give the same message.
    return hmac.digest(ring.derive(key_id, label), purpose.encode() + b"\0" + challenge_id.bytes, "sha256")


def _same(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode(errors="replace"))
