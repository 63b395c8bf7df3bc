"""Passwords known from breaches of other sites."""

from typing import Protocol


class BreachedPasswords(Protocol):
    """Knows passwords that have become public."""

    def contains(self, password: str) -> bool:
        """Whether it is known to be public; False also where nobody can tell."""


class NoBreachedPasswords:
    """Knows none: nobody is asked."""

    def contains(self, password: str) -> bool:
        """False."""
        return False
