"""What comes of an attempt to deliver a mail, and where that leaves the mail."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from identity_service.notification.retries import RetrySchedules
from identity_service.storage.rows import Challenge, Notification, NotificationState

LONGEST_REST = timedelta(minutes=10)
"""The longest time for which a mail server is left alone because it asks for that."""

LEASE_RAN_OUT = "the worker was lost, or took too long"


class AttemptOutcome(StrEnum):
    """How an attempt ended."""

    SENT = "sent"
    TRANSIENT = "transient"
    PERMANENT = "permanent"
    EXPIRED = "expired"
    LOST = "lost"
    SUPPRESSED = "suppressed"


@dataclass(frozen=True, slots=True)
class Result:
    """What came of an attempt."""

    outcome: AttemptOutcome
    error: str | None = None
    provider_reference: str | None = None
    retry_after: float | None = None
    """For how many seconds the other side asks to be left alone."""
    too_late: Challenge | None = None
    """The proof that could not be sent while it was of use."""


def number_of_attempt(claimed: Notification, schedules: RetrySchedules) -> int:
    """The number of this attempt in the mail's schedule: those before a revival do not count."""
    left = claimed.attempt_limit - claimed.attempts
    return max(1, schedules.of(claimed.queue).attempts - left)


def next_state(
    claimed: Notification,
    outcome: AttemptOutcome,
    schedules: RetrySchedules,
    now: datetime,
    retry_after: float | None = None,
) -> tuple[NotificationState, datetime]:
    """Where an attempt leaves its mail, and when that is due again."""
    match outcome:
        case AttemptOutcome.SENT:
            return NotificationState.SENT, now
        case AttemptOutcome.EXPIRED:
            return NotificationState.EXPIRED, now
        case AttemptOutcome.PERMANENT:
            return NotificationState.DEAD, now
        case AttemptOutcome.SUPPRESSED:
            return NotificationState.SUPPRESSED, now
    attempts_left = claimed.attempt_limit - claimed.attempts
    if attempts_left <= 0:
        return NotificationState.DEAD, now
    if outcome is AttemptOutcome.LOST:
        return NotificationState.QUEUED, now
    return NotificationState.QUEUED, now + max(schedules.of(claimed.queue).delay(attempts_left), rest_for(retry_after))


def rest_for(retry_after: float | None) -> timedelta:
    """How long a mail server is left alone that asks for so many seconds, or for none."""
    return timedelta(seconds=min(retry_after or 0, LONGEST_REST.total_seconds()))
