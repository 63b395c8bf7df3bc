"""Passwords: which are accepted, and how they are kept (Argon2id)."""

import os
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from threading import BoundedSemaphore

import argon2
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from zxcvbn_rs_py import Feedback, zxcvbn
from zxcvbn_rs_py import Warning as Weakness

from identity_service.errors import FieldViolation, InvalidInput, LimitExceeded
from identity_service.identity.addresses import Address

SHORTEST = 12
LONGEST = 128
LOWEST_SCORE = 3
"""zxcvbn's "safely unguessable": 10^8 guesses or more. It knows the common passwords, names and words."""

_SCORED = 32  # the estimate's time explodes with the length: at worst seen 40 ms for 32 characters, 300 ms for 64
_LEAST_OWN = 8  # code points that must be left of a password without the address and the name in it
_LEAST_PERSONAL = 3  # shorter names occur in words by chance
_COMMON = (Weakness.ThisIsATop10Password, Weakness.ThisIsATop100Password, Weakness.ThisIsACommonPassword)


def normalise(password: str) -> str:
    """The form that is measured and hashed: NFKC, so that no keyboard makes another password of it."""
    return unicodedata.normalize("NFKC", password)


class PasswordRefused(InvalidInput):
    """The password is too short, too long, or too easy to guess."""

    reason = "PASSWORD_REFUSED"

    def __init__(self, field: str, description: str) -> None:
        super().__init__([FieldViolation(field, description)])


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """Which passwords are accepted: any Unicode, any composition, not too short and not guessable."""

    shortest: int = SHORTEST
    longest: int = LONGEST
    lowest_score: int = LOWEST_SCORE

    def check(self, password: str, field: str, address: Address, names: Sequence[str] = ()) -> None:
        """Raises `PasswordRefused` naming `field`, with fixed words that never repeat any of the password.

        Lengths are code points after NFKC. `names` are the person's names, empty ones allowed.
        """
        description = self._objection(normalise(password), address, names)
        if description is not None:
            raise PasswordRefused(field, description)

    def _objection(self, password: str, address: Address, names: Sequence[str]) -> str | None:
        if len(password) < self.shortest:
            return f"must have at least {self.shortest} characters"
        if len(password) > self.longest:
            return f"must have at most {self.longest} characters"
        personal = _personal_parts(address, names)
        if _is_mostly(password, personal):
            return "must not be made of the e-mail address or the name"
        return self._weakness(password, personal)

    def _weakness(self, password: str, personal: list[str]) -> str | None:
        estimate = zxcvbn(password[:_SCORED], personal)
        if int(estimate.score) >= self.lowest_score:
            return None
        if _is_common(estimate.feedback):
            return "must not be one of the most common passwords"
        return "is too easy to guess: use several unrelated words, or a longer mix of characters"


class HashingBusy(LimitExceeded):
    """More passwords wait to be hashed than the processor can work off soon."""

    reason = "SERVER_BUSY"
    message = "The server is busy. Try again in a moment."


@dataclass(frozen=True, slots=True)
class HashingCost:
    """Argon2id's cost. The default is OWASP's, about 19 ms of one core. `memory` is in KiB."""

    memory: int = 19 * 1024
    passes: int = 2
    lanes: int = 1


class PasswordHasher:
    """Argon2id with a bound on what runs at once, and on what waits.

    Each running hash takes a core and 19 MiB, so only `running` run at a time. At most `waiting` callers
    queue, for at most `patience`; the others are told to come back at once, so that a storm of registrations
    takes neither the memory nor all the threads of the server.
    """

    def __init__(
        self,
        cost: HashingCost | None = None,
        *,
        running: int | None = None,
        waiting: int = 16,
        patience: timedelta = timedelta(seconds=2),
    ) -> None:
        """`running` is the number of cores unless given."""
        chosen = cost or HashingCost()
        self._argon2 = argon2.PasswordHasher(
            time_cost=chosen.passes, memory_cost=chosen.memory, parallelism=chosen.lanes
        )
        self._running = BoundedSemaphore(running or available_cores())
        self._waiting = BoundedSemaphore(waiting)
        self._patience = patience.total_seconds()
        self._dummy = self._argon2.hash(os.urandom(16))

    def hash(self, password: str) -> str:
        """The encoded hash of a password, with a salt of its own. Raises `HashingBusy`."""
        with self._turn():
            return self._argon2.hash(_to_bytes(password))

    def verify(self, encoded: str, password: str) -> bool:
        """Whether it is the password that was hashed.

        Raises `HashingBusy`; a damaged hash raises `InvalidHashError` or `VerificationError` of argon2.
        """
        with self._turn():
            try:
                return self._argon2.verify(encoded, _to_bytes(password))
            except VerifyMismatchError:
                return False

    def verify_dummy(self, password: str) -> bool:
        """Takes as long as `verify` and is False: for an address that nobody has. Raises `HashingBusy`."""
        self.verify(self._dummy, password)
        return False

    def needs_rehash(self, encoded: str) -> bool:
        """Whether a hash was made with another scheme or cost than today's."""
        try:
            return self._argon2.check_needs_rehash(encoded)
        except InvalidHashError:
            return True

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._running.acquire(blocking=False):
            self._queue()
        try:
            yield
        finally:
            self._running.release()

    def _queue(self) -> None:
        if not self._waiting.acquire(blocking=False):
            raise HashingBusy(timedelta(seconds=1))
        try:
            if not self._running.acquire(timeout=self._patience):
                raise HashingBusy(timedelta(seconds=1))
        finally:
            self._waiting.release()


def available_cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))  # what a container was given, where the system can tell
    return os.cpu_count() or 1


def _to_bytes(password: str) -> bytes:
    return normalise(password).encode()


def _personal_parts(address: Address, names: Sequence[str]) -> list[str]:
    local, _, domain = address.text.partition("@")
    words = [word for name in names for word in name.split()]
    parts = {normalise(part).casefold() for part in (address.text, local, domain, *names, *words)}
    return sorted((part for part in parts if len(part) >= _LEAST_PERSONAL), key=len, reverse=True)


def _is_mostly(password: str, personal: list[str]) -> bool:
    own = folded = password.casefold()
    for part in personal:
        own = own.replace(part, "")
    return own != folded and len(own) < _LEAST_OWN


def _is_common(feedback: Feedback | None) -> bool:
    return feedback is not None and feedback.warning in _COMMON
