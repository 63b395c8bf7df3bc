"""Welch's t-test of two samples with variances of their own."""

from collections.abc import Sequence
from math import sqrt
from statistics import fmean, variance

MOST = 4.5
"""What |t| stays below when both samples have one mean: a larger one by chance is a matter of 1 in 100,000."""
CROPPED_AT = 0.9


def welch_t(first: Sequence[float], second: Sequence[float]) -> float:
    """How many standard errors the means are apart."""
    error = sqrt(variance(first) / len(first) + variance(second) / len(second))
    return (fmean(first) - fmean(second)) / error


def cropped(first: Sequence[float], second: Sequence[float]) -> tuple[list[float], list[float]]:
    """What of both lies below the 90th percentile of both together.

    A hiccup of the machine lasts longer than any difference between two journeys, and hides it. The threshold is the
    same for both, so that none is flattered.
    """
    together = sorted([*first, *second])
    threshold = together[int(len(together) * CROPPED_AT)]
    return [value for value in first if value < threshold], [value for value in second if value < threshold]
