"""The ring of server secrets: what every code, link and token of the service is derived from.

The first key of the ring is active: new proofs are made with it. The others only check what they once made,
so a key is rotated by putting a new one in front, and retired by removing the old one when nothing made with
it is alive.
"""

import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SECRET_BYTES = 32
_KEY_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+={0,2}")
_FEWEST_DISTINCT_BYTES = 12  # 32 random bytes have about 30; the chance of fewer than 12 is nil


@dataclass(frozen=True, slots=True)
class SecretKey:
    """One server secret and the id that rows and tokens name it by. Its `repr` does not show the secret.

    Raises `ValueError` when the id is not plain, or the secret is short or plainly not random.
    """

    id: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not _KEY_ID.fullmatch(self.id):
            raise ValueError("a key id is 1 to 63 letters, digits, '.', '_' or '-', and starts with a letter or digit")
        if len(self.secret) < SECRET_BYTES:
            raise ValueError(f"the secret has {len(self.secret)} bytes and needs {SECRET_BYTES}")
        if len(set(self.secret)) < _FEWEST_DISTINCT_BYTES:
            raise ValueError("the secret is not random; make one with `identity-service secret-keys new`")


class KeyRing:
    """The active key and those that only check. Immutable, and safe to share between threads."""

    def __init__(self, keys: tuple[SecretKey, ...]) -> None:
        """Raises `ValueError` when there is no key, or two keys share an id."""
        if not keys:
            raise ValueError("a key ring needs at least one key")
        self._keys = {key.id: key for key in keys}
        if len(self._keys) != len(keys):
            repeated = sorted({key.id for key in keys if sum(other.id == key.id for other in keys) > 1})
            raise ValueError(f"key ids must differ; repeated: {', '.join(repeated)}")
        self._active = keys[0]
        self._derived: dict[tuple[str, bytes, int], bytes] = {}

    @classmethod
    def parse(cls, text: str) -> "KeyRing":
        """Read `IDENTITY_SECRET_KEYS`: `id:base64url[,id:base64url…]`, the active key first.

        Raises `ValueError` that says which entry is wrong and never shows a secret.
        """
        entries = [entry.strip() for entry in text.split(",")]
        return cls(tuple(_parse_entry(entry, position) for position, entry in enumerate(entries, start=1)))

    @property
    def active(self) -> SecretKey:
        """The key that new proofs are made with."""
        return self._active

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all keys, the active one first."""
        return tuple(self._keys)

    def __contains__(self, key_id: object) -> bool:
        return key_id in self._keys

    def __iter__(self) -> Iterator[SecretKey]:
        return iter(self._keys.values())

    def __len__(self) -> int:
        return len(self._keys)

    def __repr__(self) -> str:
        return f"KeyRing(ids={self.ids!r})"

    def derive(self, key_id: str, label: bytes, length: int = SECRET_BYTES) -> bytes:
        """The sub-key of one key for one use: HKDF-SHA256 (RFC 5869) with the label as its info.

        Labels separate uses: knowing the sub-key of one tells nothing about another. Raises `KeyError` for a
        key that is not in the ring.
        """
        wanted = (key_id, label, length)
        if wanted not in self._derived:
            hkdf = HKDF(algorithm=SHA256(), length=length, salt=None, info=label)
            self._derived[wanted] = hkdf.derive(self._keys[key_id].secret)
        return self._derived[wanted]


def generate() -> str:
    """The text of a new entry for `IDENTITY_SECRET_KEYS`, with a random id and a random secret."""
    secret = urlsafe_b64encode(secrets.token_bytes(SECRET_BYTES)).rstrip(b"=").decode()
    return f"k{secrets.token_hex(4)}:{secret}"


def _parse_entry(entry: str, position: int) -> SecretKey:
    key_id, colon, encoded = entry.partition(":")
    if not colon:
        raise ValueError(f"entry {position} has no ':'; the form is id:base64url[,id:base64url…], active key first")
    try:
        return SecretKey(key_id, _decode(encoded))
    except ValueError as error:
        raise ValueError(f"entry {position}: {error}") from None


def _decode(encoded: str) -> bytes:
    if not _BASE64URL.fullmatch(encoded):
        raise ValueError("the secret is not base64url (letters, digits, '-' and '_')")
    bare = encoded.rstrip("=")
    if len(bare) % 4 == 1:
        raise ValueError("the secret is not base64url: it is cut off")
    return urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
