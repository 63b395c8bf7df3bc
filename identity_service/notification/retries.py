"""When a mail that could not be sent is tried again. The row keeps the count; this keeps the times."""

import random
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Self

from identity_service.notification.kinds import Queue

LONGEST_DELAY_SECONDS = 7 * 86400
JITTER = 0.2
"""A delay is made longer by up to this share, so that mails that failed together do not come back together."""


@dataclass(frozen=True, slots=True)
class RetrySchedule:
    """The delays between attempts; after the last one the mail is dead."""

    delays: tuple[timedelta, ...]

    @classmethod
    def of_seconds(cls, *seconds: float) -> Self:
        return cls(tuple(timedelta(seconds=value) for value in seconds))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `60,120,240`, the seconds before each new try. Raises `ValueError`."""
        try:
            seconds = [float(part) for part in text.split(",")]
        except ValueError:
            seconds = []
        if not seconds or not all(0 < value <= LONGEST_DELAY_SECONDS for value in seconds):
            raise ValueError(f"{text!r} is no list of seconds; write them like 60,120,240")
        return cls.of_seconds(*seconds)

    @property
    def attempts(self) -> int:
        """How many attempts a mail gets, the first included."""
        return len(self.delays) + 1

    def delay(self, attempts_left: int) -> timedelta:
        """How long to wait before the next attempt, when so many are left; at least one must be."""
        planned = self.delays[max(0, len(self.delays) - attempts_left)]
        return planned * (1 + random.uniform(0, JITTER))  # noqa: S311 - spreads load, guards nothing


@dataclass(frozen=True, slots=True)
class RetrySchedules:
    """One schedule for mails that carry a code, which lives minutes, and one for all others."""

    high: RetrySchedule = field(default_factory=lambda: RetrySchedule.of_seconds(2, 10, 60, 120, 240))
    others: RetrySchedule = field(default_factory=lambda: RetrySchedule.of_seconds(60, 120, 240))

    def of(self, queue: str) -> RetrySchedule:
        return self.high if queue == Queue.HIGH else self.others
