"""PBKDF2 as Django writes it: `pbkdf2_sha256$iterations$salt$digest`."""

import hashlib
import hmac
import re
from dataclasses import dataclass, field

from identity_service.identity.passwords.schemes.base import HashRefused, Scheme, decoded, require_at_most

MOST_ITERATIONS = 2_000_000
"""About 0.6 s of one core. Django 6 makes 1,200,000."""

_FORM = re.compile(r"pbkdf2_(sha256|sha1)\$(\d{1,9})\$([!-#%-~]{1,128})\$([A-Za-z0-9+/]{1,128}={0,2})", re.ASCII)
_DIGEST_BYTES = {"sha256": 32, "sha1": 20}


@dataclass(frozen=True, slots=True)
class Pbkdf2Hash:
    """A parsed hash."""

    digest_name: str
    iterations: int
    salt: bytes
    digest: bytes = field(repr=False)
    scheme: Scheme = Scheme.PBKDF2

    def verify(self, password: bytes) -> bool:
        computed = hashlib.pbkdf2_hmac(self.digest_name, password, self.salt, self.iterations)
        return hmac.compare_digest(computed, self.digest)


def parse(encoded: str) -> Pbkdf2Hash:
    """Raises `HashRefused`."""
    match = _FORM.fullmatch(encoded)
    if match is None:
        raise HashRefused("it is not of the form pbkdf2_sha256$iterations$salt$digest")
    name, iterations, salt, digest = match.groups()
    require_at_most(int(iterations), MOST_ITERATIONS, "the iterations of PBKDF2")
    parsed = Pbkdf2Hash(name, int(iterations), salt.encode(), decoded(digest, "digest"))
    if len(parsed.digest) != _DIGEST_BYTES[name]:
        raise HashRefused(f"the digest of pbkdf2_{name} must have {_DIGEST_BYTES[name]} bytes")
    return parsed
