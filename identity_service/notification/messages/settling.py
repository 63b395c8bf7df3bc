"""What is done for a message when none of its mails is due: lost ones are queued again, and a campaign is finished."""

from datetime import timedelta

import structlog

from identity_service.calls.audit import AuditTrail, Event
from identity_service.calls.call import WORKER, Call
from identity_service.clock import Clock
from identity_service.notification.attempts import LEASE_RAN_OUT, AttemptOutcome, Result
from identity_service.notification.recording import record_of
from identity_service.notification.retries import RetrySchedules
from identity_service.storage.database import Connection, Database
from identity_service.storage.queries import batch_results, batches, campaigns
from identity_service.storage.queries import messages as queries
from identity_service.storage.queries.messages import OpenMessage
from identity_service.storage.queries.results import AttemptRecord
from identity_service.storage.rows import Campaign, CampaignState, Message, Notification

log = structlog.get_logger(__name__)

MOST = 200
LEASE = timedelta(seconds=75)
"""As long as a batch may take: 10 s in which mails are begun, 45 for the last of them, and the time to record it."""


class Settling:
    """Settles messages; any number of these may run."""

    def __init__(self, database: Database, schedules: RetrySchedules, clock: Clock) -> None:
        self._database = database
        self._schedules = schedules
        self._now = clock

    def tidy_up(self, opened: OpenMessage) -> bool:
        """When nothing is due. Whether there may be more to do at once."""
        return self._recover_lost(opened.message) or not self._settled(opened)

    def _recover_lost(self, message: Message) -> bool:
        """Queue again what a lost worker has left; whether there was any."""
        with self._database.begin() as transaction:
            lost = batches.abandoned(transaction.connection, message.tenant_id, message.id, now=self._now(), most=MOST)
            if lost:
                log.warning("leases_ran_out", message_id=str(message.id), notifications=len(lost))
                result = Result(AttemptOutcome.LOST, LEASE_RAN_OUT)
                records = [self._record_of(each, result) for each in lost]
                batch_results.record(transaction.connection, message.tenant_id, message.id, records)
        return bool(lost)

    def _settled(self, opened: OpenMessage) -> bool:
        """Leave it to the relay to wake the message when a mail is due. Without any left its campaign is finished.

        False when mails may have become due since the message was opened.
        """
        message = opened.message
        with self._database.begin() as transaction:
            connection = transaction.connection
            campaign = None
            if opened.campaign_state is not None:
                campaign = campaigns.lock_if_free(connection, message.tenant_id, message.id)
                if campaign is None:
                    return True  # by another worker, or its fan-out is at it and there will be more
            settled, due_at = queries.settle(connection, message)
            if campaign is not None and settled and due_at is None:
                self._finish(connection, campaign.campaign)
        return settled

    def _finish(self, connection: Connection, campaign: Campaign) -> None:
        """No mail waits: the campaign is over, unless it goes on looking recipients up."""
        if campaign.fanned_out_at is None or campaign.state != CampaignState.RUNNING:
            return
        campaigns.set_state(connection, campaign, CampaignState.FINISHED, relay_at=None, finished_at=self._now())
        audit, call = AuditTrail(self._now), Call(campaign.tenant_id, WORKER)
        audit.write(connection, audit.event(call, Event.CAMPAIGN_FINISHED, subject_id=campaign.id))

    def _record_of(self, lost: Notification, result: Result) -> AttemptRecord:
        return record_of(lost, result, self._schedules, started_at=lost.relay_at - LEASE, ended_at=self._now())
