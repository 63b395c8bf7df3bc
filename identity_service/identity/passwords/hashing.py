"""How passwords are kept: Argon2id, at a cost that is configured."""

import os
from dataclasses import dataclass
from datetime import timedelta

import argon2

from identity_service.identity.passwords import schemes
from identity_service.identity.passwords.policy import normalise
from identity_service.identity.passwords.schemes.argon2_hashes import require_sound_cost
from identity_service.identity.passwords.turns import Turns, available_cores


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
    """Hashes with Argon2id, checks hashes of every known scheme, and bounds how many of both run at once.

    Each running hash takes a core and 19 MiB, which is why they take turns.
    """

    def __init__(
        self,
        cost: HashingCost | None = None,
        *,
        running: int | None = None,
        waiting: int = 16,
        patience: timedelta = timedelta(seconds=2),
        imported_like: str = "",
    ) -> None:
        """`running` is the number of cores unless given.

        `imported_like` is a hash of the system that users were imported from, whosever it is. Then every check takes
        the time of both schemes, so that nobody can tell by it who was imported and has not signed in since. Raises
        `HashRefused` if it cannot be checked.
        """
        chosen = cost or HashingCost()
        self._argon2 = argon2.PasswordHasher(
            time_cost=chosen.passes, memory_cost=chosen.memory, parallelism=chosen.lanes
        )
        self._turns = Turns(running or available_cores(), waiting, patience)
        self._own_dummy = self._argon2.hash(os.urandom(16))
        self._imported_dummy = schemes.parse(imported_like) if imported_like else None

    def require_room(self) -> None:
        """Raise `HashingBusy` if `hash` and `verify` would at this moment. Ask before anything is counted or worked."""
        self._turns.require_room()

    def hash(self, password: str) -> str:
        """The encoded hash of a password, with a salt of its own. Raises `HashingBusy`."""
        with self._turns.turn():
            return self._argon2.hash(normalise(password).encode())

    def verify(self, encoded: str, password: str) -> bool:
        """Whether it is the password that was hashed. An empty hash is nobody's password, and takes as long.

        Raises `HashingBusy`, and `HashRefused` for a damaged hash.
        """
        kept = schemes.parse(encoded or self._own_dummy)
        with self._turns.turn():
            is_right = _matches(kept, password)
            if self._imported_dummy is not None:
                _matches(self._imported_dummy if self._is_own(encoded) else schemes.parse(self._own_dummy), password)
        return is_right and encoded != ""

    def verify_dummy(self, password: str) -> bool:
        """Takes as long as `verify` and is False: for an address that nobody has. Raises `HashingBusy`."""
        return self.verify(self._own_dummy, password) and False

    def needs_rehash(self, encoded: str) -> bool:
        """Whether a hash was made with another scheme or cost than today's."""
        return not encoded.startswith("$argon2id$") or self._argon2.check_needs_rehash(encoded)

    def _is_own(self, encoded: str) -> bool:
        return not encoded or not self.needs_rehash(encoded)


def _matches(kept: schemes.EncodedHash, password: str) -> bool:
    """Ours are of the normalised form; others hashed what was typed, which only seldom is another."""
    forms = {normalise(password), password}
    return True in [kept.verify(form.encode()) for form in forms]  # every form, so that the time tells nothing
