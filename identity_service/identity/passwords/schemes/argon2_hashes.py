"""Argon2: PHC strings `$argon2id$v=19$m=19456,t=2,p=1$salt$digest`, and Django's `argon2` before one."""

import re
from dataclasses import dataclass, field

from argon2 import Type
from argon2.exceptions import VerifyMismatchError
from argon2.low_level import verify_secret

from identity_service.identity.passwords.schemes.base import (
    MOST_MEMORY_KIB,
    HashRefused,
    Scheme,
    canonical,
    require_at_most,
    require_digest,
)

MOST_WORK_KIB = 1024 * 1024
"""Memory times passes, which the time goes with: about 0.5 s of one core, and up to 1.1 s where the memory is large."""
MOST_LANES = 16

_LEAST_SALT = 8  # bytes; Argon2 takes no fewer
_FORM = re.compile(
    r"\$argon2(id|i|d)\$(?:v=(?:16|19)\$)?m=(\d{1,8}),t=(\d{1,8}),p=(\d{1,3})"
    r"\$([A-Za-z0-9+/]{1,128})\$([A-Za-z0-9+/]{1,192})",
    re.ASCII,
)
_TYPES = {"id": Type.ID, "i": Type.I, "d": Type.D}


@dataclass(frozen=True, slots=True)
class Argon2Hash:
    """A parsed hash; `encoded` is Argon2's own part of it."""

    variant: Type
    encoded: bytes = field(repr=False)
    scheme: Scheme = Scheme.ARGON2

    def verify(self, password: bytes) -> bool:
        try:
            return verify_secret(self.encoded, password, self.variant)
        except VerifyMismatchError:
            return False


def parse(encoded: str) -> Argon2Hash:
    """Raises `HashRefused`."""
    own = encoded.removeprefix("argon2")
    match = _FORM.fullmatch(own)
    if match is None:
        raise HashRefused("it is not of the form $argon2id$v=19$m=19456,t=2,p=1$salt$digest")
    variant, memory, passes, lanes, salt, digest = match.groups()
    require_sound_cost(int(memory), int(passes), int(lanes))
    if len(canonical(salt, "salt")) < _LEAST_SALT:
        raise HashRefused(f"the salt of Argon2 must have at least {_LEAST_SALT} bytes")
    require_digest(canonical(digest, "digest"))
    return Argon2Hash(_TYPES[variant], own.encode())


def require_sound_cost(memory: int, passes: int, lanes: int) -> None:
    """Raise `HashRefused` for what takes too much memory (in KiB) or time, or what Argon2 cannot do."""
    require_at_most(lanes, MOST_LANES, "the lanes of Argon2")
    require_at_most(memory, MOST_MEMORY_KIB, "the memory of Argon2 in KiB")
    require_at_most(memory * passes, MOST_WORK_KIB, "the memory of Argon2 in KiB times its passes")
    if memory < 8 * lanes:
        raise HashRefused("Argon2 takes at least 8 KiB of memory for each lane")
