"""What was measured, as a table and as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Row:
    """One figure: the median of its rounds, with the lowest and the highest of them.

    `ratio` is what stands against `limit`. For rates it is the share of the rate of `base`, and must not be lower;
    for all else it is `value / limit`, and must not be higher than 1, or, where the limit is the least there may be
    (`at_least`), not lower.
    """

    name: str
    rounds: Sequence[float]
    unit: str
    limit: float | None = None
    ratios: Sequence[float] = field(default=())
    note: str = ""
    at_least: bool = False
    base: str = "empty"

    @property
    def value(self) -> float:
        return median(self.rounds)

    @property
    def ratio(self) -> float | None:
        if self.ratios:
            return median(self.ratios)
        return self.value / self.limit if self.limit else None

    @property
    def passed(self) -> bool | None:
        """Whether the limit is kept; None without a limit."""
        if self.limit is None or self.ratio is None:
            return None
        if self.ratios:
            return self.ratio >= self.limit
        return self.ratio >= 1 if self.at_least else self.ratio <= 1

    def as_json(self) -> dict[str, Any]:
        return {
            "value": round(self.value, 3),
            "limit": self.limit,
            "ratio": round(self.ratio, 3) if self.ratio is not None else None,
            "unit": self.unit,
            "lowest": round(min(self.rounds), 3),
            "highest": round(max(self.rounds), 3),
            "rounds": len(self.rounds),
            "passed": self.passed,
        }


def table(rows: Sequence[Row]) -> str:
    """The rows under each other, for people."""
    head = ("", "median", "min - max", "unit", "ratio", "limit", "")
    lines = [head, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(_line(cells, widths) for cells in lines)


def _cells(row: Row) -> tuple[str, ...]:
    spread = f"{_figure(min(row.rounds))} - {_figure(max(row.rounds))}"
    ratio = f"{row.ratio:.3f}" if row.ratio is not None else ""
    verdict = {True: "ok", False: "MISSED", None: ""}[row.passed]
    return (
        row.name,
        _figure(row.value),
        spread,
        row.unit,
        ratio,
        _limit(row),
        " ".join(filter(None, (verdict, row.note))),
    )


def _limit(row: Row) -> str:
    if row.limit is None:
        return ""
    if row.ratios:
        return f">= {row.limit:g} of {row.base}"
    return f"{'>=' if row.at_least else '<='} {row.limit:g} {row.unit}"


def _figure(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.2f}"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    name, *numbers, note = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return "  ".join([name, *numbers, note]).rstrip()
