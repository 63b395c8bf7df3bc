"""How many mails to hand over at once: as many as take a moment, so that a worker sees in time what comes of them."""

import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import islice
from typing import NamedTuple

from identity_service.notification.attempts import rest_for
from identity_service.notification.senders.base import OutgoingMail, SendResult
from identity_service.notification.senders.failures import NotTried, SenderDown, TransientFailure

FIRST = 8
LARGEST = 100
MOMENT_SECONDS = 0.2
BEGIN_SECONDS = 10.0
"""How long mails of one batch are begun; the rest of it is given back."""

TROUBLE = 5
"""So many failures in a row that may pass, and the mail server itself is taken to be in trouble."""
REST = timedelta(seconds=30)
"""How long a message is left alone when its mail server takes nothing, unless that asks for more."""


class Rest(NamedTuple):
    """How long a mail server is to be left alone, and what it said."""

    time: timedelta
    reason: str


def spends_attempt(result: SendResult) -> bool:
    """Whether what came of a mail of many has to do with the mail."""
    return not isinstance(result, NotTried | SenderDown)


class Pace:
    """Doubles the number while it takes less than a moment, and halves it when it takes more, but not below `least`."""

    def __init__(self, least: int = 1) -> None:
        self._least = least
        self._size = max(FIRST, least)
        self._began = time.monotonic()
        self._handed_over = 0.0
        self._failures = 0
        self.rest: Rest | None = None
        """Set when the mail server seems to take nothing."""

    def next(self, mails: Iterator[OutgoingMail]) -> list[OutgoingMail]:
        """The mails to hand over now; none when it is time to stop."""
        now = time.monotonic()
        if self._handed_over:
            self._adapt(now - self._handed_over)
        if self.rest or now - self._began >= BEGIN_SECONDS:
            return []
        self._handed_over = now
        return list(islice(mails, self._size))

    def saw(self, results: Sequence[SendResult]) -> None:
        """Take note of what came of the mails that were handed over."""
        failures = [result for result in results if isinstance(result, TransientFailure)]
        for result in filter(spends_attempt, results):
            self._failures = self._failures + 1 if isinstance(result, TransientFailure) else 0
        nobody_tries_on = len(failures) == len(results) and not all(map(spends_attempt, results))
        if nobody_tries_on or self._failures >= TROUBLE:
            self.rest = Rest(max(REST, *(rest_for(failure.retry_after) for failure in failures)), failures[-1].text)

    def _adapt(self, seconds: float) -> None:
        if seconds > MOMENT_SECONDS:
            self._size = max(self._least, self._size // 2)
        elif seconds < MOMENT_SECONDS / 2:
            self._size = min(LARGEST, self._size * 2)
