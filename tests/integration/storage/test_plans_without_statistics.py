"""Where PostgreSQL has no statistics of a message, its mails are found by the right index all the same."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from identity_service.ids import new_id
from identity_service.notification.attempts import AttemptOutcome, Result
from identity_service.notification.kinds import Queue
from identity_service.notification.recording import record_of
from identity_service.notification.retries import RetrySchedules
from identity_service.storage.queries import batch_results, batches, messages
from identity_service.storage.queries.results import AttemptRecord
from identity_service.storage.rows import Message, Notification
from tests.services.campaigns import NEWS
from tests.services.household import Household
from tests.services.many_notifications import fill
from tests.services.plans import in_transaction, plans_of

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(params=["counted never", "counted empty", "counted before"])
def unknown(request: pytest.FixtureRequest, postgres_url: str, tmp_path: Path) -> Iterator[tuple[Household, Message]]:
    """A message with thousands of mails, of which the database's statistics know nothing."""
    with Household(postgres_url, tmp_path) as household, household.core.database.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE notifications SET (autovacuum_enabled = false)")
        database, now = household.core.database, household.clock()
        message = NEWS.message("default", new_id(), Queue.LOW, now, now)
        if request.param == "counted empty":
            connection.exec_driver_sql("ANALYZE notifications")
        fill(database, 20_000, now=now - timedelta(days=1), state="sent")
        fill(database, 1_000, now=now - timedelta(days=1), state="sent", message_id=new_id())
        if request.param == "counted before":
            connection.exec_driver_sql("ANALYZE notifications")
        fill(database, 6_000, now=now, message_id=message.id)
        yield household, message


def tried_in_vain(mail: Notification, now: datetime) -> AttemptRecord:
    result = Result(AttemptOutcome.PERMANENT)
    return record_of(mail, result, RetrySchedules(), started_at=now, ended_at=now)


def test_the_mails_of_a_new_message_are_read_no_further_than_a_batch(unknown: tuple[Household, Message]):
    household, message = unknown
    now, of_message = household.clock(), ("default", message.id)
    claim = partial(batches.claim, message=message, since=LONG_AGO, now=now, lease_ends_at=now, most=100)
    with household.core.database.begin() as transaction:
        tried, untried = ([each.notification for each in claim(transaction.connection)] for _ in range(2))
    acts = (
        claim,
        lambda connection: batch_results.record(connection, *of_message, [tried_in_vain(mail, now) for mail in tried]),
        lambda connection: batches.give_back(connection, "default", untried),
        lambda connection: batches.abandoned(connection, *of_message, now=now, most=100),
        lambda connection: batches.any_waiting(connection, *of_message),
        lambda connection: messages.settle(connection, message),
        lambda connection: batches.cancel_waiting(connection, *of_message, now=now, most=20_000),
    )
    for act in acts:
        for plan in plans_of(household.core.database, in_transaction(household.core.database, act)):
            assert not re.search(r"(?m)Seq Scan|Bitmap|\bSort$", plan), plan
            found = set(re.findall(r"using (\w+) on notifications", plan))
            assert found == ({"ix_notifications_message"} if "notifications" in plan else set()), plan
