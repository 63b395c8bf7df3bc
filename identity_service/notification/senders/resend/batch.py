"""Up to a hundred mails in one request."""

from collections.abc import Iterator, Sequence
from typing import Any

from identity_service.notification.senders.base import OutgoingMail, SendReceipt, SendResult
from identity_service.notification.senders.failures import (
    NotTried,
    PermanentFailure,
    SenderDown,
    SendFailed,
    TransientFailure,
)
from identity_service.notification.senders.resend.answers import (
    Answer,
    RateLimited,
    receipt_of,
    references_of,
    refusals_of,
)
from identity_service.notification.senders.resend.payload import batch_key, payload_of
from identity_service.notification.senders.resend.posting import Posting, Times

MOST_AT_ONCE = 100
_PERMISSIVE = {"x-batch-validation": "permissive"}
"""One mail that Resend cannot take fails alone."""


class Batch:
    """Sends mails together, by some time."""

    def __init__(self, posting: Posting, times: Times) -> None:
        self._posting = posting
        self._times = times

    def send(self, mails: Sequence[OutgoingMail]) -> list[SendResult]:
        """What came of each of at most `MOST_AT_ONCE`, in their order."""
        written = [_written(mail) for mail in mails]
        able = [index for index, payload in enumerate(written) if not isinstance(payload, SendFailed)]
        outcome = iter(self._sent([mails[index] for index in able], [written[index] for index in able]))
        return [payload if isinstance(payload, SendFailed) else next(outcome) for payload in written]

    def single(self, mail: OutgoingMail) -> SendReceipt:
        """Sends one by itself. Raises a SendFailed."""
        return self._single(mail, payload_of(mail))

    def _sent(self, mails: list[OutgoingMail], payloads: list[Any]) -> list[SendResult]:
        if len(mails) < 2:
            return self._one_by_one(mails, payloads)
        if not self._posting.may_begin(self._times):
            return [NotTried()] * len(mails)
        try:
            answer = self._posting.accepted("/emails/batch", payloads, batch_key(mails), self._times, **_PERMISSIVE)
        except PermanentFailure:  # it does not say whose fault it is
            return self._one_by_one(mails, payloads)
        except RateLimited as failure:
            return [_not_tried(failure)] * len(mails)
        except SenderDown as failure:
            return [failure] * len(mails)
        except TransientFailure as failure:  # perhaps for one of the mails: they are not all to pay for it
            return [failure, *[_not_tried(failure)] * (len(mails) - 1)]
        return list(_results(answer, len(mails)))

    def _one_by_one(self, mails: list[OutgoingMail], payloads: list[Any]) -> list[SendResult]:
        return [self._alone(mail, payload) for mail, payload in zip(mails, payloads, strict=True)]

    def _alone(self, mail: OutgoingMail, payload: Any) -> SendResult:
        if not self._posting.may_begin(self._times):
            return NotTried()
        try:
            return self._single(mail, payload)
        except RateLimited as failure:
            return _not_tried(failure)
        except SendFailed as failure:
            return failure

    def _single(self, mail: OutgoingMail, payload: Any) -> SendReceipt:
        return receipt_of(self._posting.accepted("/emails", payload, str(mail.notification_id), self._times))


def _written(mail: OutgoingMail) -> Any:
    try:
        return payload_of(mail)
    except SendFailed as failure:
        return failure


def _not_tried(failure: TransientFailure) -> NotTried:
    """What it says of a mail that is not to blame: it spends no attempt."""
    return NotTried(failure.text, retry_after=failure.retry_after)


def _results(answer: Answer, count: int) -> Iterator[SendResult]:
    """An answer names the mails that were refused by their place, and the others in their order."""
    refusals, references = refusals_of(answer), iter(references_of(answer))
    for index in range(count):
        yield refusals[index] if index in refusals else SendReceipt(next(references, ""))
