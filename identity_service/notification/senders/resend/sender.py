"""Sends mail through Resend: one by one, or up to a hundred in one request."""

import threading
from collections.abc import Sequence

from identity_service.deadline import Deadline
from identity_service.notification.senders.base import (
    Finding,
    GoesOn,
    OutgoingMail,
    Sender,
    SendReceipt,
    SendResult,
    always,
)
from identity_service.notification.senders.resend.account import ResendAccount, ResendTimeouts
from identity_service.notification.senders.resend.batch import MOST_AT_ONCE, Batch
from identity_service.notification.senders.resend.checking import findings_about
from identity_service.notification.senders.resend.client import ResendClient
from identity_service.notification.senders.resend.posting import Posting, Times

SHARE_FOR_STARTING = 2 / 3
"""No request of several is begun after this share of the time: the last one needs some to be answered."""


class ResendSender(Sender):
    """A Sender for one account. Every request carries an idempotency key, so repeating it makes no second mail."""

    def __init__(self, account: ResendAccount, timeouts: ResendTimeouts | None = None) -> None:
        self._account = account
        self._timeouts = timeouts or ResendTimeouts()
        self._client = ResendClient(account, self._timeouts)
        self._closing = threading.Event()
        self._posting = Posting(self._client, str(account), self._closing)

    def __str__(self) -> str:
        return f"Resend at {self._account}"

    @property
    def natural_batch(self) -> int:
        return MOST_AT_ONCE

    def send(self, mail: OutgoingMail) -> SendReceipt:
        """Hands over one mail, waiting a few seconds at most for its turn under the account's rate limit."""
        return Batch(self._posting, self._times(self._timeouts.single_wait, always)).single(mail)

    def send_many(self, mails: Sequence[OutgoingMail], goes_on: GoesOn = always) -> list[SendResult]:
        """Hands over mails a hundred at a time, waiting for the rate limit as long as time allows."""
        batch = Batch(self._posting, self._times(self._timeouts.mails * SHARE_FOR_STARTING, goes_on))
        starts = range(0, len(mails), MOST_AT_ONCE)
        return [result for start in starts for result in batch.send(mails[start : start + MOST_AT_ONCE])]

    def check(self) -> list[Finding]:
        """Asks for the account's domains, which needs the key and sends nothing."""
        return findings_about(self._client, self._account, Deadline(self._timeouts.answer))

    def close(self) -> None:
        """Ends waits and idle connections. Requests under way are finished."""
        self._closing.set()
        self._client.close()

    def _times(self, for_starting: float, goes_on: GoesOn) -> Times:
        end = Deadline(self._timeouts.mails)
        return Times(end.within(for_starting), end, goes_on)
