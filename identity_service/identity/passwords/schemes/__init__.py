"""Hashes of passwords as other systems kept them: read, judged, and checked at the owner's next sign-in.

Known are Argon2 (PHC), bcrypt and scrypt (PHC), and what Django writes of them and of PBKDF2.
"""

from collections.abc import Callable

from identity_service.identity.passwords.schemes import argon2_hashes, bcrypt_hashes, pbkdf2, scrypt
from identity_service.identity.passwords.schemes.base import EncodedHash, HashRefused, Scheme

__all__ = ["LONGEST_ENCODED", "EncodedHash", "HashRefused", "Scheme", "parse", "recognise"]

LONGEST_ENCODED = 512
"""Characters of an encoded hash."""

_PARSERS: tuple[tuple[str, Callable[[str], EncodedHash]], ...] = (
    ("$argon2", argon2_hashes.parse),
    ("argon2$", argon2_hashes.parse),
    ("pbkdf2_", pbkdf2.parse),
    ("$2", bcrypt_hashes.parse),
    ("bcrypt$", bcrypt_hashes.parse),
    ("bcrypt_sha256$", bcrypt_hashes.parse),
    ("$scrypt$", scrypt.parse),
    ("scrypt$", scrypt.parse),
)


def recognise(encoded: str) -> Scheme:
    """The scheme of a hash that could be checked. Raises `HashRefused`, whose text is fit for whoever sent it.

    Refused are unknown schemes, damaged hashes, and those that ask for so much memory or time that a few
    sign-ins would halt a server.
    """
    return parse(encoded).scheme


def parse(encoded: str) -> EncodedHash:
    """The hash, ready to be checked. Raises `HashRefused`."""
    if len(encoded) > LONGEST_ENCODED:
        raise HashRefused(f"it has more than {LONGEST_ENCODED} characters")
    if encoded.startswith("!"):
        raise HashRefused("it is Django's mark for no usable password; leave the hash empty")
    for prefix, parser in _PARSERS:
        if encoded.startswith(prefix):
            return parser(encoded)
    raise HashRefused("its scheme is not known; known are Argon2, bcrypt, scrypt and Django's PBKDF2")
