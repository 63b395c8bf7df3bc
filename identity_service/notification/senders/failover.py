"""A sender, and another one that takes over while the first is failing."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import structlog

from identity_service.notification.senders.base import (
    Finding,
    GoesOn,
    OutgoingMail,
    Sender,
    SendReceipt,
    SendResult,
    always,
)
from identity_service.notification.senders.circuit_breaker import LAST_ATTEMPT, CircuitBreaker
from identity_service.notification.senders.failures import NotTried, PermanentFailure, TransientFailure

log = structlog.get_logger(__name__)


class FailoverSender(Sender):
    """Sends by `primary`, and by `fallback` while the breaker is open.

    Each send uses one of the two, so it takes no longer than theirs; a mail that failed comes back by its own schedule.
    What is refused for good is refused: the other one is not asked. A mail that has failed twice is kept from the
    primary, unless the fallback is what failed last.
    """

    def __init__(self, primary: Sender, fallback: Sender, breaker: CircuitBreaker | None = None) -> None:
        self._primary = primary
        self._fallback = fallback
        self._breaker = breaker or CircuitBreaker()
        self._fallback_failed = False

    def __str__(self) -> str:
        return f"{self._primary}, or else {self._fallback}"

    @property
    def primary(self) -> Sender:
        """The one that is to send."""
        return self._primary

    @property
    def is_failing_over(self) -> bool:
        """Whether the fallback sends at the moment."""
        return self._breaker.is_open

    @property
    def natural_batch(self) -> int:
        return (self._fallback if self.is_failing_over else self._primary).natural_batch

    def send(self, mail: OutgoingMail) -> SendReceipt:
        sender, saw = self._choice(mail.attempt)
        try:
            receipt = sender.send(mail)
        except TransientFailure as failure:
            saw(False)
            raise failure if self._stays_with(sender, mail.attempt) else _for_the_other(failure) from None
        except Exception as error:
            saw(isinstance(error, PermanentFailure))
            raise
        saw(True)
        return receipt

    def send_many(self, mails: Sequence[OutgoingMail], goes_on: GoesOn = always) -> list[SendResult]:
        """Hands over several mails, all by the same of the two.

        They are in no hurry, so the breaker alone decides; while it is open, they go as the one that was tried least.
        """
        sender, saw = self._choice(min(mail.attempt for mail in mails) if self.is_failing_over else 1)
        results = sender.send_many(mails, goes_on)
        tried = [result for result in results if not isinstance(result, NotTried)]
        if not tried:
            return results
        works = not all(isinstance(result, TransientFailure) for result in tried)
        saw(works)
        if works or sender is self._fallback:
            return results
        return [_for_the_other(result) for result in results if isinstance(result, TransientFailure)]

    def check(self) -> list[Finding]:
        """Looks at both."""
        of_fallback = [replace(finding, text=f"fallback: {finding.text}") for finding in self._fallback.check()]
        return [*self._primary.check(), *of_fallback]

    def close(self) -> None:
        self._primary.close()
        self._fallback.close()

    def _choice(self, attempt: int) -> tuple[Sender, Callable[[bool], None]]:
        """Who is to send, and whom to tell whether it could."""
        if self._is_for_primary(attempt):
            return self._primary, self._saw_primary
        return self._fallback, self._saw_fallback

    def _is_for_primary(self, attempt: int) -> bool:
        """A fallback that failed last gets second attempts, to see if it is back; later ones go as first ones do."""
        if attempt == 1 or not self._fallback_failed:
            return self._breaker.admits(attempt)
        return attempt > LAST_ATTEMPT and self._breaker.admits(1)

    def _stays_with(self, sender: Sender, attempt: int) -> bool:
        """Whether the next attempt is the same one's too, so that the wait that it asks for counts."""
        return attempt > LAST_ATTEMPT if sender is self._primary else self.is_failing_over

    def _saw_primary(self, works: bool) -> None:
        if works and self._breaker.succeeded():
            log.info("sender_recovered", sender=str(self._primary))
        if not works and self._breaker.failed():
            log.warning("sender_failing_over", sender=str(self._primary), fallback=str(self._fallback))

    def _saw_fallback(self, works: bool) -> None:
        self._fallback_failed = not works


def _for_the_other(failure: TransientFailure) -> TransientFailure:
    """Without the wait that the one asks for: the next attempt is the other's."""
    return failure if failure.retry_after is None else type(failure)(failure.text, failure.remedy)
