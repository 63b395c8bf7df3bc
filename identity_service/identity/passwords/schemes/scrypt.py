"""scrypt: Django's `scrypt$n$salt$r$p$digest`, and PHC strings `$scrypt$ln=15,r=8,p=1$salt$digest`.

PHC's salt is base64; Django's is taken as it stands.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass, field

from identity_service.identity.passwords.schemes.base import (
    MOST_MEMORY_KIB,
    HashRefused,
    Scheme,
    decoded,
    require_at_most,
    require_digest,
)

MOST_WORK_KIB = 512 * 1024
"""Memory times lanes, which the time goes with: about 1.5 s of one core."""

_DJANGO = re.compile(
    r"scrypt\$(\d{1,8})\$([!-#%-~]{1,128})\$(\d{1,4})\$(\d{1,4})\$([A-Za-z0-9+/]{1,192}={0,2})", re.ASCII
)
_PHC = re.compile(
    r"\$scrypt\$ln=(\d{1,2}),r=(\d{1,4}),p=(\d{1,4})\$([A-Za-z0-9+/]{1,128})\$([A-Za-z0-9+/]{1,192})", re.ASCII
)


@dataclass(frozen=True, slots=True)
class ScryptHash:
    """A parsed hash."""

    n: int
    r: int
    p: int
    salt: bytes
    digest: bytes = field(repr=False)
    scheme: Scheme = Scheme.SCRYPT

    def verify(self, password: bytes) -> bool:
        computed = hashlib.scrypt(
            password,
            salt=self.salt,
            n=self.n,
            r=self.r,
            p=self.p,
            maxmem=2 * MOST_MEMORY_KIB * 1024,  # OpenSSL counts its buffers, too
            dklen=len(self.digest),
        )
        return hmac.compare_digest(computed, self.digest)


def parse(encoded: str) -> ScryptHash:
    """Raises `HashRefused`."""
    if match := _DJANGO.fullmatch(encoded):
        n, salt, r, p, digest = match.groups()
        return _sound(int(n), int(r), int(p), salt.encode(), digest)
    if match := _PHC.fullmatch(encoded):
        ln, r, p, salt, digest = match.groups()
        return _sound(1 << int(ln), int(r), int(p), decoded(salt, "salt"), digest)
    raise HashRefused("it is not of the form scrypt$n$salt$r$p$digest or $scrypt$ln=15,r=8,p=1$salt$digest")


def _sound(n: int, r: int, p: int, salt: bytes, digest: str) -> ScryptHash:
    if n < 2 or n & (n - 1):
        raise HashRefused("n of scrypt must be a power of two")
    if n >= 1 << min(16 * r, 64):  # RFC 7914, 6
        raise HashRefused("n of scrypt must be less than 2 to the power of 16 times r")
    memory = (128 * n * r + 1023) // 1024
    require_at_most(memory, MOST_MEMORY_KIB, "the memory of scrypt in KiB (n times r, divided by 8)")
    require_at_most(memory * p, MOST_WORK_KIB, "the memory of scrypt in KiB times p")
    return ScryptHash(n, r, p, salt, require_digest(decoded(digest, "digest")))
