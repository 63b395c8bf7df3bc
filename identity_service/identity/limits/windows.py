"""Where granted hits are remembered: what every such place does."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from identity_service.identity.limits.rules import Rate

REPEAT_SECONDS = 600
"""How long a granted call that is repeated is granted again. What it did is kept for longer, by `calls/once.py`."""


class StoreAway(Exception):
    """The store of the windows does not answer; the text names the failure."""


@dataclass(frozen=True, slots=True)
class Take:
    """One hit to be taken from the window of a key."""

    key: str
    rate: Rate


class Windows(Protocol):
    """Where granted hits are remembered."""

    def take(self, takes: Sequence[Take], repeat: str | None = None) -> float | None:
        """Take one hit of each and return None, or take none and return the seconds until all are free.

        With `repeat`, what is granted is remembered under that key for a while, and granted again without being taken.
        Raises `StoreAway`.
        """
