"""The relay: finds the mails that nobody is at, and sees that somebody will be.

Hand-offs that were lost, retries that are due, leases that ran out: all of them are rows whose `relay_at` has passed.
Any number of relays may run; each takes rows that no other has locked.
"""

from datetime import timedelta

import structlog

from identity_service.clock import Clock
from identity_service.notification.attempts import LEASE_RAN_OUT, AttemptOutcome, Result
from identity_service.notification.broker import Due, HandOff
from identity_service.notification.delivery import LEASE
from identity_service.notification.mail_events import end_of_mail
from identity_service.notification.messages.waking import Waking
from identity_service.notification.recording import record_of
from identity_service.notification.retries import RetrySchedules
from identity_service.storage.database import Database
from identity_service.storage.queries import delivery as queries
from identity_service.storage.queries import erasure, results

log = structlog.get_logger(__name__)

BATCH = 200
BATCH_OF_DELETED = 20
"""Each takes as many statements as the deletion did."""
OUTAGE_PAUSE = timedelta(seconds=2)
REPEAT_AFTER = timedelta(seconds=10)
"""A row still in its queue after this is handed off again; not sooner, for the queue may just be long.

It is also how long a code waits if Redis forgets it after that, or the worker dies that has fetched it.
"""

_LOST = Result(AttemptOutcome.LOST, LEASE_RAN_OUT)


class Relay:
    """Repeats hand-offs."""

    def __init__(
        self, *, database: Database, hand_off: HandOff, schedules: RetrySchedules, clock: Clock, lanes: int = 1
    ) -> None:
        """`lanes` is how many workers may deliver one message to many at the same time."""
        self._database = database
        self._waking = Waking(database=database, hand_off=hand_off, clock=clock, lanes=lanes)
        self._hand_off = hand_off
        self._schedules = schedules
        self._now = clock

    def run_once(self) -> int:
        """Look through all rows whose time has come; how many were handed off. Raises `DatabaseUnavailable`."""
        self._tidy_up()
        total = self._waking.run_once()
        while due := self._take_due():
            if not self._hand_off.hand_off_again(due):
                self._put_back(due)
                break
            total += len(due)
            if len(due) < BATCH:
                break
        return total

    def _take_due(self) -> list[Due]:
        now = self._now()
        with self._database.connect() as connection:
            rows = queries.relay(connection, now=now, again_at=now + REPEAT_AFTER, most=BATCH)
        return [Due(*row) for row in rows]

    def _put_back(self, due: list[Due]) -> None:
        """The broker is away: look at these again soon, not when a hand-off should have been taken up."""
        with self._database.connect() as connection:
            queries.look_again(connection, [entry[:2] for entry in due], at=self._now() + OUTAGE_PAUSE)

    def _tidy_up(self) -> None:
        with self._database.begin() as transaction:
            now = self._now()
            for lost in queries.abandoned(transaction.connection, now=now, most=BATCH):
                log.warning("lease_ran_out", notification_id=str(lost.id), attempt=lost.attempts)
                record = record_of(lost, _LOST, self._schedules, started_at=lost.relay_at - LEASE, ended_at=now)
                results.write(transaction.connection, record, end_of_mail(record))
            # Here, and not where a mail comes to its end: there are many such places, and more to come.
            erased = erasure.erase_done(transaction.connection, BATCH_OF_DELETED)
        if erased:
            self._database.forget_overwritten()
