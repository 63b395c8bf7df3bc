"""What an API key looks like: `idsk_`, 256 random bits, and a checksum, in letters and digits only.

So secret scanners can look for `idsk_[0-9A-Za-z]{49}` and tell real ones from others, a double click marks all of it,
and a slip of the pen is told from an unknown key without asking the database.
"""

import hashlib
import re
import secrets
import string
import zlib

PREFIX = "idsk_"
HINT_CHARACTERS = 4
_RANDOM_BYTES = 32
_BODY_CHARACTERS = 43  # 62 ** 43 > 2 ** 256
_CHECKSUM_CHARACTERS = 6  # 62 ** 6 > 2 ** 32
_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_FORM = re.compile(f"{PREFIX}[0-9A-Za-z]{{{_BODY_CHARACTERS + _CHECKSUM_CHARACTERS}}}")


def new_key() -> str:
    """A key that nobody has seen."""
    body = _in_base_62(int.from_bytes(secrets.token_bytes(_RANDOM_BYTES)), _BODY_CHARACTERS)
    return f"{PREFIX}{body}{_checksum(body)}"


def is_key(text: str) -> bool:
    """Whether it has the form of a key, and the right checksum."""
    body = text[len(PREFIX) : -_CHECKSUM_CHARACTERS]
    return _FORM.fullmatch(text) is not None and text.endswith(_checksum(body))


def fingerprint(key: str) -> bytes:
    """What is stored of a key: its SHA-256. It needs no salt and no stretching, because nobody can guess 256 bits."""
    return hashlib.sha256(key.encode()).digest()


def hint(key: str) -> str:
    """What people tell a key from another by: its last characters."""
    return key[-HINT_CHARACTERS:]


def _checksum(body: str) -> str:
    return _in_base_62(zlib.crc32(body.encode()), _CHECKSUM_CHARACTERS)


def _in_base_62(number: int, characters: int) -> str:
    digits = []
    for _ in range(characters):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
