"""Mails that would arrive too late to be of use, and what takes the place of some of them."""

from datetime import datetime, timedelta
from typing import Protocol

from identity_service.storage.database import Transaction
from identity_service.storage.rows import Challenge, Notification

LEAST_SHARE_LEFT = 0.05
MOST_LEFT = timedelta(minutes=5)
"""A mail is of use while this share of its life is left, and in any case while this much is: it has to arrive yet, and
somebody has to read it."""

EXPIRED = "what it carries has expired"
NEARLY_EXPIRED = "what it carries would expire before it could be used"
USED = "what it carries has been used"


class Replacing(Protocol):
    """Puts a fresh mail in the place of one that expired unsent, where somebody still waits for it."""

    def replace(self, transaction: Transaction, expired: Notification, challenge: Challenge) -> None:
        """Called once for each such mail, in the transaction that records it as expired."""


def lateness(mail: Notification, now: datetime) -> str | None:
    """Why the mail comes too late; None if it does not."""
    if mail.expires_at is None:
        return None
    if mail.expires_at <= now:
        return EXPIRED
    margin = min((mail.expires_at - mail.created_at) * LEAST_SHARE_LEFT, MOST_LEFT)
    return NEARLY_EXPIRED if mail.expires_at - margin < now else None
