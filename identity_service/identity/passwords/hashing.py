"""How passwords are kept: Argon2id, at a cost that is configured."""

import os
from dataclasses import dataclass

import argon2

from identity_service.identity.passwords import schemes
from identity_service.identity.passwords.policy import normalise
from identity_service.identity.passwords.schemes.argon2_hashes import require_sound_cost


@dataclass(frozen=True, slots=True)
class HashingCost:
    """Argon2id's cost. The default is OWASP's, about 19 ms of one core. `memory` is in KiB.

    Raises `ValueError` for one that takes too much memory or time.
    """

    memory: int = 19 * 1024
    passes: int = 2
    lanes: int = 1

    def __post_init__(self) -> None:
        require_sound_cost(self.memory, self.passes, self.lanes)


class PasswordHasher:
    """Hashes with Argon2id, and checks hashes of every known scheme. The bare work: nobody waits for a turn."""

    def __init__(self, cost: HashingCost, imported_like: str) -> None:
        """`imported_like` is a hash of the system that users were imported from, whosever it is; empty for none.

        Then every check takes the time of both schemes, so that nobody can tell by it who was imported and has not
        signed in since. Raises `HashRefused` if it cannot be checked.
        """
        self._argon2 = argon2.PasswordHasher(time_cost=cost.passes, memory_cost=cost.memory, parallelism=cost.lanes)
        self._own_dummy = self._argon2.hash(os.urandom(16))
        self._imported_dummy = schemes.parse(imported_like) if imported_like else None

    def hash(self, password: str) -> str:
        """The encoded hash of a password, with a salt of its own."""
        return self._argon2.hash(normalise(password).encode())

    def verify(self, encoded: str, password: str) -> bool:
        """Whether it is the password that was hashed. An empty hash is nobody's password, and takes as long.

        Raises `HashRefused` for a damaged hash.
        """
        is_right = _matches(schemes.parse(encoded or self._own_dummy), password)
        if self._imported_dummy is not None:
            _matches(self._imported_dummy if self._is_own(encoded) else schemes.parse(self._own_dummy), password)
        return is_right and encoded != ""

    def needs_rehash(self, encoded: str) -> bool:
        """Whether a hash was made with another scheme or cost than today's."""
        return not encoded.startswith("$argon2id$") or self._argon2.check_needs_rehash(encoded)

    def _is_own(self, encoded: str) -> bool:
        return not encoded or not self.needs_rehash(encoded)


def _matches(kept: schemes.EncodedHash, password: str) -> bool:
    """Ours are of the normalised form; others hashed what was typed, which only seldom is another."""
    forms = {normalise(password), password}
    return True in [kept.verify(form.encode()) for form in forms]  # every form, so that the time tells nothing
