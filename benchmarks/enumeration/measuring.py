"""As many calls for known addresses as for unknown ones, in random order."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median

from benchmarks.enumeration.client import Client
from benchmarks.enumeration.journeys import Journey
from benchmarks.enumeration.people import unknown_address
from benchmarks.enumeration.welch import MOST, cropped, welch_t
from benchmarks.progress import say

WARM_UP = 50
"""Pairs that come first and are not measured: the service compiles and fills what it keeps."""
_TOLD_EVERY = 500


@dataclass
class Comparison:
    """The seconds of both, and every way in which an answer looked."""

    name: str
    known: list[float] = field(default_factory=list)
    unknown: list[float] = field(default_factory=list)
    looks: dict[bool, set[str]] = field(default_factory=lambda: {True: set(), False: set()})

    @property
    def t(self) -> float:
        """Over everything that was measured."""
        return welch_t(self.known, self.unknown)

    @property
    def t_cropped(self) -> float:
        """Over what lies below the 90th percentile of both together."""
        return welch_t(*cropped(self.known, self.unknown))

    @property
    def alike(self) -> bool:
        """Whether neither look nor time tells the two apart."""
        return self.looks[True] == self.looks[False] and max(abs(self.t), abs(self.t_cropped)) < MOST

    def cells(self) -> tuple[str, ...]:
        """A line of the table."""
        medians = [f"{median(seconds) * 1000:.3f}" for seconds in (self.known, self.unknown)]
        verdict = "ok" if self.alike else "TELLS" if self.looks[True] == self.looks[False] else "LOOKS DIFFERENT"
        return (self.name, str(len(self.known)), *medians, f"{self.t:+.2f}", f"{self.t_cropped:+.2f}", verdict)


def compare(client: Client, journey: Journey, pairs: int, numbers: Iterator[int]) -> Comparison:
    """Measure so many calls of each kind; each address is used for one call only, with what comes before it."""
    found = Comparison(journey.name)
    for done, is_known in enumerate(_order(pairs), start=-2 * WARM_UP):
        number = next(numbers)
        answer = journey.measured(client, journey.known(number) if is_known else unknown_address(number))
        if done >= 0:
            (found.known if is_known else found.unknown).append(answer.seconds)
            found.looks[is_known].add(answer.looks)
        if done > 0 and done % (2 * _TOLD_EVERY) == 0:
            say(f"  {journey.name}: {done // 2} of {pairs} pairs, t = {found.t:+.2f}")
    return found


def _order(pairs: int) -> Iterator[bool]:
    """Known and unknown, shuffled as a whole: in shuffled pairs each would mostly come after the other kind, and be
    measured with what that has left behind."""
    for count in (WARM_UP, pairs):
        kinds = [True, False] * count
        random.shuffle(kinds)
        yield from kinds
