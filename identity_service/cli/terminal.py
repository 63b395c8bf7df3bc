"""What commands say to the person at the terminal."""

import sys


def say(text: str = "") -> None:
    """A line of an answer, to standard output."""
    print(text, flush=True)  # noqa: T201 - this is the one place that prints


def complain(text: str) -> None:
    """A line about what went wrong, to standard error."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - this is the one place that prints
