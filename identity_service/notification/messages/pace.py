"""How many mails to hand over at once: as many as take a moment, so that a worker sees in time what comes of them."""

import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import islice

from identity_service.notification.attempts import rest_for
from identity_service.notification.senders.base import OutgoingMail, SendReceipt, SendResult
from identity_service.notification.senders.failures import NotTried, PermanentFailure, QuotaSpent, TransientFailure

FIRST = 8
LARGEST = 100
MOMENT_SECONDS = 0.2
BEGIN_SECONDS = 10.0
"""How long mails of one batch are begun; the rest of it is given back."""

TROUBLE = 5
"""So many failures in a row that may pass, and the mail server itself is taken to be in trouble."""
REST = timedelta(seconds=30)
"""How long a message is left alone when its mail server takes nothing, unless that asks for more."""


def spends_attempt(result: SendResult) -> bool:
    """Whether what came of a mail of many has to do with the mail."""
    return not isinstance(result, NotTried | QuotaSpent)


class Pace:
    """Doubles the number while it takes less than a moment, and halves it when it takes more, but not below `least`."""

    def __init__(self, least: int = 1) -> None:
        self._least = least
        self._size = max(FIRST, least)
        self._began = time.monotonic()
        self._handed_over = 0.0
        self._failures = 0
        self.rest: timedelta | None = None
        """How long to leave the mail server alone, if it seems to take nothing, or gives no mail a turn."""

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
        tried = [result for result in results if spends_attempt(result)]
        for result in tried:
            is_taken = isinstance(result, SendReceipt | PermanentFailure)
            self._failures = 0 if is_taken else self._failures + 1
        if not tried or self._failures >= TROUBLE:
            self.rest = max(REST, *(_asked_for(result) for result in results))

    def _adapt(self, seconds: float) -> None:
        if seconds > MOMENT_SECONDS:
            self._size = max(self._least, self._size // 2)
        elif seconds < MOMENT_SECONDS / 2:
            self._size = min(LARGEST, self._size * 2)


def _asked_for(result: SendResult) -> timedelta:
    return rest_for(result.retry_after if isinstance(result, TransientFailure) else None)
