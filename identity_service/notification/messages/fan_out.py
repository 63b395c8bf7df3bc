"""Looks up the recipients of a campaign, some thousands at a time, in the database itself.

The mails of a batch and how far the fan-out has come are written in one transaction that holds the campaign. So it may
be interrupted anywhere, several workers may be at it, and each recipient is queued once.
"""

import time
from datetime import datetime, timedelta
from threading import Lock
from uuid import UUID

import structlog

from identity_service.clock import Clock
from identity_service.notification.broker import Due, HandOff, Task
from identity_service.notification.kinds import Queue
from identity_service.notification.retries import RetrySchedules
from identity_service.storage.database import Connection, Database
from identity_service.storage.queries import batches, campaigns, messages, recipients
from identity_service.storage.queries.campaigns import CampaignWithMessage
from identity_service.storage.rows import Campaign, CampaignState

log = structlog.get_logger(__name__)

BATCH = 2_000
"""So few that a commit of somebody who waits for it is not held up by one of these."""

SLICE_SECONDS = 1.0
GRACE = timedelta(seconds=30)
"""How long a fan-out may make no progress before the relay has another worker go on with it."""

WAKE_WITHIN = timedelta(seconds=5)
"""When mails become due of a message that is awake, but has perhaps no workers any more, it is woken after this."""

CALL_OFF_AGAIN = timedelta(seconds=1)
"""When to look again for mails of a cancelled campaign that workers had in hand."""


class FanOut:
    """Carries campaigns on: looks up their recipients, or calls off the mails of cancelled ones."""

    def __init__(
        self, *, database: Database, schedules: RetrySchedules, hand_off: HandOff, turn: Lock, clock: Clock
    ) -> None:
        """`turn` is held by whoever of a process writes for many: one such statement at a time is load enough."""
        self._database = database
        self._schedules = schedules
        self._hand_off = hand_off
        self._turn = turn
        self._now = clock

    def run(self, tenant_id: str, campaign_id: UUID) -> None:
        """Carry the campaign on for about a second, and hand the rest on. Raises `DatabaseUnavailable`."""
        until = time.monotonic() + SLICE_SECONDS
        while self._step(tenant_id, campaign_id):
            if time.monotonic() >= until:
                self._hand_off.hand_off_many([task(tenant_id, campaign_id)])
                return

    def _step(self, tenant_id: str, campaign_id: UUID) -> bool:
        """Whether there is more to do at once."""
        with self._turn, self._database.begin() as transaction:
            found = campaigns.lock_if_free(transaction.connection, tenant_id, campaign_id)
            if found is None:
                return False
            if self._is_on(found):
                return self._queue_some(transaction.connection, found)
            if found.campaign.state == CampaignState.CANCELLED:
                return self._call_off_some(transaction.connection, found)
            if found.campaign.fanned_out_at is not None or found.campaign.state == CampaignState.PAUSED:
                # A relay that could not hand off may have written a time after there was nothing to do any more.
                _put_off(transaction.connection, found.campaign, None)
        return False

    def _is_on(self, found: CampaignWithMessage) -> bool:
        campaign = found.campaign
        if campaign.fanned_out_at is not None:
            return False
        has_begun = campaign.state == CampaignState.SCHEDULED and campaign.starts_at <= self._now()
        return has_begun or campaign.state == CampaignState.RUNNING

    def _queue_some(self, connection: Connection, found: CampaignWithMessage) -> bool:
        campaign, now = found.campaign, self._now()
        expected = self._expected(connection, found) if campaign.expected is None else campaign.expected
        user_type, after = campaign.user_types[campaign.type_position], campaign.user_position or recipients.FIRST
        last = recipients.last_of_next(connection, campaign.tenant_id, user_type, after=after, most=BATCH)
        queued = self._queue(connection, found, user_type, after, last) if last else 0
        position = (campaign.type_position, last) if last else (campaign.type_position + 1, None)
        is_over = position[0] == len(campaign.user_types)
        campaigns.advance(
            connection,
            campaign,
            expected=expected,
            queued=queued,
            position=position,
            fanned_out_at=now if is_over else None,
            relay_at=None if is_over else now + GRACE,
        )
        if queued or is_over:
            messages.add_due(connection, campaign.tenant_id, campaign.id, now=now, latest=now + WAKE_WITHIN)
        return not is_over

    def _expected(self, connection: Connection, found: CampaignWithMessage) -> int:
        campaign = found.campaign
        return sum(recipients.count_of_type(connection, campaign.tenant_id, each) for each in campaign.user_types)

    def _queue(
        self, connection: Connection, found: CampaignWithMessage, user_type: str, after: UUID, last: UUID
    ) -> int:
        return recipients.queue_range(
            connection,
            found.message,
            user_type,
            after=after,
            last=last,
            attempt_limit=self._schedules.of(found.message.queue).attempts,
            now=self._now(),
        )

    def _call_off_some(self, connection: Connection, found: CampaignWithMessage) -> bool:
        """Mails that a worker has in hand are called off when it gives them back, or its lease has run out."""
        campaign = found.campaign
        cancelled = batches.cancel_waiting(connection, campaign.tenant_id, campaign.id, now=self._now(), most=BATCH)
        left = cancelled >= BATCH or batches.any_waiting(connection, campaign.tenant_id, campaign.id)
        until = self._now() + CALL_OFF_AGAIN if left else None
        _put_off(connection, campaign, until)
        return cancelled >= BATCH


def task(tenant_id: str, campaign_id: UUID) -> Due:
    """The hand-off to a worker that carries the campaign on."""
    return Due(tenant_id, campaign_id, Queue.LOW, Task.FAN_OUT)


def _put_off(connection: Connection, campaign: Campaign, until: datetime | None) -> None:
    """Look again at that time, or never; a campaign that was looked at for nothing mostly is put off so already."""
    if campaign.relay_at != until:
        campaigns.put_off(connection, campaign.tenant_id, campaign.id, until=until)
