"""Recording what came of an attempt, through an outage of the database too."""

import time
from collections.abc import Callable
from datetime import datetime

from identity_service.notification.attempts import Result, next_state
from identity_service.notification.retries import RetrySchedules
from identity_service.storage.errors import DatabaseUnavailable
from identity_service.storage.queries.results import AttemptRecord
from identity_service.storage.rows import DeliveryAttempt, Notification

PAUSES = (0.1, 0.5, 2.0, 5.0, 7.0)
"""Seconds between the tries, which take time of their own: together they outlast the restart of a database.

Giving up early would send an accepted mail again. They may outlast the lease where sending took long as well; that a
mail was accepted is written then all the same, unless somebody else has claimed it.
"""


def record_of(
    claimed: Notification, result: Result, schedules: RetrySchedules, *, started_at: datetime, ended_at: datetime
) -> AttemptRecord:
    """What is to be written of an attempt, and where it leaves its mail."""
    state, due_at = next_state(claimed, result.outcome, schedules, ended_at, result.retry_after)
    attempt = DeliveryAttempt(
        tenant_id=claimed.tenant_id,
        notification_id=claimed.id,
        number=claimed.attempts,
        started_at=started_at,
        ended_at=ended_at,
        outcome=result.outcome,
        error=result.error,
    )
    return AttemptRecord(claimed, attempt, state, due_at, result.provider_reference)


def until_written(write: Callable[[], None]) -> None:
    """Call `write`, again and again while the database is away. Raises `DatabaseUnavailable` at last."""
    for pause in PAUSES:
        try:
            write()
        except DatabaseUnavailable:
            time.sleep(pause)
        else:
            return
    write()
