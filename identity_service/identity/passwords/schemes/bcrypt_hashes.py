"""bcrypt: plain `$2b$cost$…`, Django's `bcrypt$…` around it, and `bcrypt_sha256$…`, whose input is a SHA-256."""

import hashlib
import re
from dataclasses import dataclass, field

import bcrypt

from identity_service.identity.passwords.schemes.base import HashRefused, Scheme

MOST_COST = 14
"""2^14 rounds take about a second of one core."""

_LEAST_COST = 4  # what bcrypt itself knows
_READ = 72  # bytes of a password that bcrypt looks at; libraries differ in whether they cut it off or refuse
# The last of the salt's 22 characters has four spare bits; bcrypt takes none that is not zero.
_FORM = re.compile(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31}", re.ASCII)


@dataclass(frozen=True, slots=True)
class BcryptHash:
    """A parsed hash; `encoded` is bcrypt's own part of it."""

    scheme: Scheme
    encoded: bytes = field(repr=False)

    def verify(self, password: bytes) -> bool:
        if self.scheme is Scheme.BCRYPT_SHA256:
            password = hashlib.sha256(password).hexdigest().encode()
        return bcrypt.checkpw(password[:_READ], self.encoded)


def parse(encoded: str) -> BcryptHash:
    """Raises `HashRefused`."""
    scheme = Scheme.BCRYPT_SHA256 if encoded.startswith("bcrypt_sha256$") else Scheme.BCRYPT
    own = encoded if encoded.startswith("$") else encoded.partition("$")[2]
    match = _FORM.fullmatch(own)
    if match is None:
        raise HashRefused("it is not of the form $2b$cost$ and 53 characters of salt and digest")
    if not _LEAST_COST <= int(match[1]) <= MOST_COST:
        raise HashRefused(f"the cost of bcrypt must be {_LEAST_COST} to {MOST_COST}")
    return BcryptHash(scheme, own.encode())
