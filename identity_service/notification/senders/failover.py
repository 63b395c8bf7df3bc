"""A sender, and another one that takes over while the first is failing."""

from collections.abc import Sequence
from dataclasses import replace

import structlog

from identity_service.notification.senders.base import Finding, OutgoingMail, Sender, SendReceipt, SendResult
from identity_service.notification.senders.circuit_breaker import CircuitBreaker
from identity_service.notification.senders.failures import NotTried, PermanentFailure, TransientFailure

log = structlog.get_logger(__name__)


class FailoverSender(Sender):
    """Sends by `primary`, and by `fallback` while the breaker is open.

    Each send uses one of the two, so it takes no longer than theirs; a mail that failed comes back by its own schedule.
    What is refused for good is refused: the other one is not asked.
    """

    def __init__(self, primary: Sender, fallback: Sender, breaker: CircuitBreaker | None = None) -> None:
        self._primary = primary
        self._fallback = fallback
        self._breaker = breaker or CircuitBreaker()

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
        if not self._breaker.admits(mail.attempt):
            return self._fallback.send(mail)
        try:
            receipt = self._primary.send(mail)
        except PermanentFailure:
            self._succeeded()
            raise
        except TransientFailure as failure:
            self._failed()
            raise _for_the_other(failure) from None
        except Exception:
            self._failed()
            raise
        self._succeeded()
        return receipt

    def send_many(self, mails: Sequence[OutgoingMail]) -> list[SendResult]:
        """Hands over several mails, all by the same of the two: they are in no hurry, so the breaker alone decides."""
        if not self._breaker.admits(1):
            return self._fallback.send_many(mails)
        results = self._primary.send_many(mails)
        tried = [result for result in results if not isinstance(result, NotTried)]
        if tried and all(isinstance(result, TransientFailure) for result in tried):
            self._failed()
            return [_for_the_other(result) for result in results if isinstance(result, TransientFailure)]
        if tried:
            self._succeeded()
        return results

    def check(self) -> list[Finding]:
        """Looks at both."""
        of_fallback = [replace(finding, text=f"fallback: {finding.text}") for finding in self._fallback.check()]
        return [*self._primary.check(), *of_fallback]

    def close(self) -> None:
        self._primary.close()
        self._fallback.close()

    def _succeeded(self) -> None:
        if self._breaker.succeeded():
            log.info("sender_recovered", sender=str(self._primary))

    def _failed(self) -> None:
        if self._breaker.failed():
            log.warning("sender_failing_over", sender=str(self._primary), fallback=str(self._fallback))


def _for_the_other(failure: TransientFailure) -> TransientFailure:
    """Without the wait that the primary asks for: the next attempt is the fallback's."""
    return failure if failure.retry_after is None else TransientFailure(failure.text, failure.remedy)
