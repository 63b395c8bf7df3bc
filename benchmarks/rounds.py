"""How often everything is measured, and when."""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.progress import say
from benchmarks.quiet import wait_for_quiet


@dataclass(frozen=True)
class Rounds:
    """Rounds in which rows take turns. Each measurement may wait a while for other work on the machine to end."""

    number: int
    patience_seconds: float = 0.0

    def __iter__(self) -> Iterator[int]:
        return iter(range(1, self.number + 1))

    def begin(self) -> None:
        """Called right before something is measured."""
        if self.patience_seconds:
            wait_for_quiet(self.patience_seconds)

    def report(self, name: str, number: int, result: str) -> None:
        say(f"{name}: round {number} of {self.number}: {result}")
