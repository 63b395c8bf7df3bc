"""One attempt to deliver one mail: claim, render, send, record.

The claim is committed before anything is sent and the result after; between them no transaction is open. Whoever
crashes in between leaves a lease that runs out, and the relay takes over. So each mail is delivered at least once; it
arrives twice only when a worker dies, or the database is away, between the server's 250 and the record, and then both
copies carry the same Message-ID.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from identity_service.clock import Clock
from identity_service.notification.attempts import AttemptOutcome, Result, number_of_attempt
from identity_service.notification.kinds import SECURITY
from identity_service.notification.mail_events import end_of_mail
from identity_service.notification.mails import MailWriter
from identity_service.notification.recording import record_of, until_written
from identity_service.notification.refusals import refused
from identity_service.notification.replacing import USED, Replacing, lateness
from identity_service.notification.retries import RetrySchedules
from identity_service.notification.senders.base import OutgoingMail, Sender
from identity_service.notification.senders.directory import SenderDirectory
from identity_service.notification.senders.failures import PermanentFailure, TransientFailure
from identity_service.storage.database import Database
from identity_service.storage.errors import DatabaseUnavailable
from identity_service.storage.queries import delivery as queries
from identity_service.storage.queries import results
from identity_service.storage.queries.preferences import Refusal
from identity_service.storage.queries.results import AttemptRecord
from identity_service.storage.rows import Challenge, Notification

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=60)
"""How long an attempt may take before the relay counts its worker as lost.

Sending ends in 45 s at most, but its result may be recorded later than this when the database is away in between. Then
the mail may be under way again; a success is recorded all the same, unless another worker has claimed it.
"""


class Delivery:
    """Delivers mails; any number of these may run, in any number of processes."""

    def __init__(
        self,
        *,
        database: Database,
        writer: MailWriter,
        senders: SenderDirectory,
        replacing: Replacing,
        schedules: RetrySchedules,
        clock: Clock,
    ) -> None:
        self._database = database
        self._writer = writer
        self._senders = senders
        self._replacing = replacing
        self._schedules = schedules
        self._now = clock

    def deliver(self, tenant_id: str, notification_id: UUID) -> None:
        """Make one attempt, if the mail is due and nobody else is at it. Raises `DatabaseUnavailable`."""
        with self._database.connect() as connection:
            now = self._now()
            claim = queries.claim(connection, tenant_id, notification_id, now=now, lease_ends_at=now + LEASE)
        if claim is not None:
            self._record(claim.notification, self._attempt(claim), started_at=now)

    def _attempt(self, claim: queries.Claim) -> Result:
        claimed, challenge = claim.notification, claim.challenge
        if (refusal := _refusal(claim)) is not None:
            return refused(refusal)
        if challenge is not None and challenge.used_at is not None:
            return Result(AttemptOutcome.EXPIRED, USED)
        if too_late := lateness(claimed, self._now()):
            return Result(AttemptOutcome.EXPIRED, too_late, too_late=challenge)
        try:
            mail = self._writer.write(claimed, challenge)
            sender = self._senders.of_tenant(claimed.tenant_id)
        except DatabaseUnavailable:  # the tenant's profile cannot be looked up
            return Result(AttemptOutcome.TRANSIENT, "the database was away")
        except Exception as error:
            log.exception("mail_not_written", notification_id=str(claimed.id), kind=claimed.kind)
            return Result(AttemptOutcome.PERMANENT, f"the mail could not be written: {type(error).__name__}")
        if claimed.decoy:  # only now: where calls and workers share a process, writing a mail delays answers
            return Result(AttemptOutcome.SENT)
        return self._sent(claimed, mail, sender)

    def _sent(self, claimed: Notification, mail: OutgoingMail, sender: Sender) -> Result:
        try:
            receipt = sender.send(replace(mail, attempt=number_of_attempt(claimed, self._schedules)))
            return Result(AttemptOutcome.SENT, provider_reference=receipt.provider_reference)
        except TransientFailure as failure:
            return Result(AttemptOutcome.TRANSIENT, str(failure), retry_after=failure.retry_after)
        except PermanentFailure as failure:
            return Result(AttemptOutcome.PERMANENT, str(failure))
        except Exception as error:
            log.exception("sender_failed", notification_id=str(claimed.id))
            return Result(AttemptOutcome.TRANSIENT, f"the sender failed: {type(error).__name__}")

    def _record(self, claimed: Notification, result: Result, started_at: datetime) -> None:
        record = record_of(claimed, result, self._schedules, started_at=started_at, ended_at=self._now())
        until_written(lambda: self._write(record, result.too_late))
        # Not the error: a mail server's words quote addresses. They are in the attempt's row.
        log.info(
            "delivery_attempted",
            notification_id=str(claimed.id),
            kind=claimed.kind,
            attempt=claimed.attempts,
            outcome=str(result.outcome),
            state=str(record.state),
        )

    def _write(self, record: AttemptRecord, too_late: Challenge | None) -> None:
        event = end_of_mail(record)
        with self._database.begin(single_write=too_late is None) as transaction:
            is_recorded = results.write(transaction.connection, record, event)
            if is_recorded and too_late is not None:
                self._replacing.replace(transaction, record.claimed, too_late)
        if not is_recorded:
            with self._database.begin() as transaction:
                results.write_late(transaction.connection, record, event)


def _refusal(claim: queries.Claim) -> Refusal | None:
    """Why the mail must not go. Security mail goes wherever it can arrive."""
    if claim.refusal is Refusal.SUPPRESSED and claim.notification.kind in SECURITY:
        return None
    return claim.refusal
