"""Who may hash: a call keeps a place before it is counted anywhere, and then it is never turned away any more."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from threading import BoundedSemaphore

from identity_service.errors import LimitExceeded
from identity_service.identity.passwords.hashing import HashingCost, PasswordHasher
from identity_service.identity.passwords.turns import Turns, available_cores


class HashingBusy(LimitExceeded):
    """As many calls hash passwords as may, or are about to."""

    reason = "SERVER_BUSY"
    message = "The server is busy. Try again in a moment."


@dataclass(frozen=True, slots=True)
class Place:
    """Leave to hash and to check passwords, as often as a journey has to. `HashingPlaces.place` gives it.

    Each hash waits for its turn at the cores: for at most one hash of everybody else who has a place. That is bound
    enough, so nobody loses patience. A turn is nothing but the hash: what else a journey waits for costs no core.
    """

    _hasher: PasswordHasher
    _turns: Turns

    def hash(self, password: str) -> str:
        """As `PasswordHasher.hash`, at its turn."""
        with self._turns.turn():
            return self._hasher.hash(password)

    def verify(self, encoded: str, password: str) -> bool:
        """As `PasswordHasher.verify`, at its turn. Raises `HashRefused`."""
        with self._turns.turn():
            return self._hasher.verify(encoded, password)

    def verify_dummy(self, password: str) -> bool:
        """Takes as long as `verify` and is False: for an address that nobody has."""
        return self.verify("", password)

    def needs_rehash(self, encoded: str) -> bool:
        """As `PasswordHasher.needs_rehash`, at once: it hashes nothing."""
        return self._hasher.needs_rehash(encoded)


class HashingPlaces:
    """Gives out the places to hash and to check passwords, and so bounds how many calls do.

    Each running hash takes a core and 19 MiB, which is why they take turns. Each call takes a thread of the server,
    also while it waits for the database or another service. So a place is kept for the whole journey: neither a storm
    of them nor a service that hangs takes the threads that the places leave to other calls.
    """

    def __init__(
        self,
        cost: HashingCost | None = None,
        *,
        running: int | None = None,
        places: int = 16,
        imported_like: str = "",
    ) -> None:
        """`running` hashes at a time, for as many `places`; it is the number of cores unless given.

        `cost` and `imported_like` are the `PasswordHasher`'s. Raises `HashRefused`.
        """
        self._place = Place(PasswordHasher(cost or HashingCost(), imported_like), Turns(running or available_cores()))
        self._free = BoundedSemaphore(places)

    @contextmanager
    def place(self) -> Iterator[Place]:
        """A place for a whole journey: ask for it before anything is counted, and for one only.

        Raises `HashingBusy` at once if all are taken.
        """
        if not self._free.acquire(blocking=False):
            raise HashingBusy(timedelta(seconds=1))
        try:
            yield self._place
        finally:
            self._free.release()
