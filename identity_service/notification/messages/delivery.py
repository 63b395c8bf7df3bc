"""Delivers the mails of a message, a batch at a time: claim many, send them over kept connections, record many.

What holds for one mail holds for each of a batch (see ../delivery.py): the claim is committed before anything is sent,
the result after, and a worker that is lost leaves leases that run out. Workers of a message take turns with other work:
each sends for some seconds and then hands the rest on.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from threading import Lock
from uuid import UUID

import structlog

from identity_service.clock import Clock
from identity_service.notification.attempts import AttemptOutcome, Result, number_of_attempt
from identity_service.notification.broker import Due, HandOff, Task
from identity_service.notification.kinds import Queue
from identity_service.notification.messages.campaign_watch import CampaignWatch
from identity_service.notification.messages.lanes import Lanes
from identity_service.notification.messages.pace import Pace, Rest, spends_attempt
from identity_service.notification.messages.settling import LEASE, Settling
from identity_service.notification.messages.writing import MessageWriter
from identity_service.notification.recording import record_of, until_written
from identity_service.notification.refusals import refused
from identity_service.notification.retries import RetrySchedules
from identity_service.notification.senders.base import (
    GoesOn,
    OutgoingMail,
    Sender,
    SendReceipt,
    SendResult,
    always,
)
from identity_service.notification.senders.directory import SenderDirectory
from identity_service.notification.senders.failures import TransientFailure
from identity_service.storage.database import Database
from identity_service.storage.errors import DatabaseUnavailable
from identity_service.storage.queries import batch_results, batches
from identity_service.storage.queries import messages as queries
from identity_service.storage.queries.batches import Claimed
from identity_service.storage.queries.messages import OpenMessage
from identity_service.storage.queries.results import AttemptRecord
from identity_service.storage.rows import Message, Notification

log = structlog.get_logger(__name__)

BATCH = 100
SLICE_SECONDS = 2.0
_EVER = datetime(1, 1, 2, tzinfo=UTC)


@dataclass(slots=True)
class _Batch:
    """Claimed mails, and what has come of them so far."""

    message: Message
    claimed: Sequence[Claimed]
    started_at: datetime
    results: dict[UUID, Result] = field(default_factory=dict)
    rest: Rest | None = None
    """Set when the mail server takes nothing: the message is to be left alone."""

    @property
    def untried(self) -> list[Notification]:
        return [each.notification for each in self.claimed if each.notification.id not in self.results]


class MessageDelivery:
    """Delivers messages to many; any number of these may run, in any number of processes."""

    def __init__(
        self,
        *,
        database: Database,
        writer: MessageWriter,
        senders: SenderDirectory,
        schedules: RetrySchedules,
        hand_off: HandOff,
        turn: Lock,
        lanes: Mapping[Queue, Lanes],
        clock: Clock,
    ) -> None:
        """`turn` is held by whoever of a process writes for many: one such statement at a time is load enough.

        `lanes` are those of the process, for all messages of a queue together.
        """
        self._database = database
        self._writer = writer
        self._senders = senders
        self._schedules = schedules
        self._settling = Settling(database, schedules, clock)
        self._hand_off = hand_off
        self._turn = turn
        self._lanes = lanes
        self._now = clock

    def deliver(self, tenant_id: str, message_id: UUID, wake: int) -> None:
        """Send what is due of a message for some seconds, and hand the rest on. Raises `DatabaseUnavailable`.

        Ends at once unless `wake` is the latest waking of the message.
        """
        opened = self._open(tenant_id, message_id, wake)
        if opened is None:
            return
        this, lanes = lane(opened.message), self._lanes[Queue(opened.message.queue)]
        if not lanes.enter(this):
            return
        is_over = True
        try:
            is_over = self._deliver_for_a_while(opened)
        finally:
            if next_ones := lanes.leave() + ([] if is_over else [this]):
                self._hand_off.hand_off_many(next_ones)

    def _deliver_for_a_while(self, opened: OpenMessage | None) -> bool:
        """Whether this worker is no longer needed."""
        until, since = time.monotonic() + SLICE_SECONDS, _EVER
        while opened:
            batch = self._claim(opened.message, since)
            if not (
                self._deliver_batch(batch, opened) if batch.claimed else since > _EVER or self._settling.tidy_up(opened)
            ):
                return True
            since = min((each.notification.due_at for each in batch.claimed), default=_EVER)
            if time.monotonic() >= until:
                return False
            opened = self._open(batch.message.tenant_id, batch.message.id, batch.message.wake)
        return True

    def _open(self, tenant_id: str, message_id: UUID, wake: int) -> OpenMessage | None:
        with self._database.connect() as connection:
            opened = queries.open_message(connection, tenant_id, message_id)
            if opened is None or opened.message.wake != wake:
                return None
            if not opened.may_be_sent:
                queries.quiet(connection, opened.message)
                return None
        return opened

    def _deliver_batch(self, batch: _Batch, opened: OpenMessage) -> bool:
        """Whether there may be more to do at once."""
        try:
            self._send(batch, opened)
        finally:
            self._record(batch)
        if batch.rest:
            self._rest(opened.message, batch.rest)
        return not batch.rest

    def _claim(self, message: Message, since: datetime) -> _Batch:
        with self._turn, self._database.connect() as connection:
            now = self._now()
            claimed = batches.claim(connection, message, since=since, now=now, lease_ends_at=now + LEASE, most=BATCH)
        return _Batch(message, claimed, now)

    def _send(self, batch: _Batch, opened: OpenMessage) -> None:
        sender = self._senders.of_tenant(batch.message.tenant_id)
        pace, mails = Pace(sender.natural_batch), self._mails(batch)
        goes_on = self._goes_on(opened)
        while goes_on() and (chunk := pace.next(mails)):
            results = _sent(sender, chunk, goes_on)
            for mail, result in zip(chunk, results, strict=True):
                if spends_attempt(result):
                    batch.results[mail.notification_id] = _result_of(result)
            pace.saw(results)
        batch.rest = pace.rest if goes_on() else None

    def _mails(self, batch: _Batch) -> Iterator[OutgoingMail]:
        """The mails to send; those that cannot be written, or must not be sent, get their results on the way."""
        writing = self._writer.begin(batch.message)
        for each in batch.claimed:
            claimed = each.notification
            if each.refusal is not None:
                batch.results[claimed.id] = refused(each.refusal)
                continue
            try:
                mail = writing.write(claimed)
            except DatabaseUnavailable:  # the tenant's profile cannot be looked up: the rest is given back
                return
            except Exception as error:
                log.exception("mail_not_written", notification_id=str(claimed.id), kind=claimed.kind)
                text = f"the mail could not be written: {type(error).__name__}"
                batch.results[claimed.id] = Result(AttemptOutcome.PERMANENT, text)
                continue
            yield self._numbered(mail, claimed)

    def _numbered(self, mail: OutgoingMail, claimed: Notification) -> OutgoingMail:
        attempt = number_of_attempt(claimed, self._schedules)
        return mail if attempt == mail.attempt else replace(mail, attempt=attempt)

    def _goes_on(self, opened: OpenMessage) -> GoesOn:
        if opened.campaign_state is None:
            return always
        return CampaignWatch(self._database, opened.message.tenant_id, opened.message.id).goes_on

    def _record(self, batch: _Batch) -> None:
        results = [
            record_of(
                each.notification,
                batch.results[each.notification.id],
                self._schedules,
                started_at=batch.started_at,
                ended_at=self._now(),
            )
            for each in batch.claimed
            if each.notification.id in batch.results
        ]
        until_written(lambda: self._write(batch, results))
        log.info("batch_delivered", message_id=str(batch.message.id), tried=len(results), claimed=len(batch.claimed))

    def _write(self, batch: _Batch, results: Sequence[AttemptRecord]) -> None:
        message, untried = batch.message, batch.untried
        with self._turn, self._database.begin() as transaction:
            if results:
                batch_results.record(transaction.connection, message.tenant_id, message.id, results)
            if untried:
                batches.give_back(transaction.connection, message.tenant_id, untried)

    def _rest(self, message: Message, rest: Rest) -> None:
        with self._database.connect() as connection:
            queries.look_again(connection, message.tenant_id, message.id, at=self._now() + rest.time)
        log.warning("mail_server_takes_nothing", message_id=str(message.id), error=rest.reason)


def lane(message: Message) -> Due:
    """The hand-off to one worker of a message."""
    return Due(message.tenant_id, message.id, message.queue, Task.DELIVER_MESSAGE, message.wake)


def _sent(sender: Sender, mails: Sequence[OutgoingMail], goes_on: GoesOn) -> Sequence[SendResult]:
    """What came of the mails. What a sender raises was not foreseen: given back, they might come round for ever."""
    try:
        return sender.send_many(mails, goes_on)
    except Exception as error:
        log.exception("sender_failed", notification_ids=[str(mail.notification_id) for mail in mails])
        return [TransientFailure(f"the sender failed: {type(error).__name__}")] * len(mails)


def _result_of(result: SendResult) -> Result:
    if isinstance(result, SendReceipt):
        return Result(AttemptOutcome.SENT, provider_reference=result.provider_reference)
    if isinstance(result, TransientFailure):
        return Result(AttemptOutcome.TRANSIENT, str(result), retry_after=result.retry_after)
    return Result(AttemptOutcome.PERMANENT, str(result))
