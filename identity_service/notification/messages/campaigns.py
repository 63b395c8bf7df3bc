"""Campaigns: a message to every active user of some types, which can be paused, resumed and cancelled on the way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from identity_service.calls.audit import AuditTrail, Event
from identity_service.calls.call import Call
from identity_service.calls.once import Once
from identity_service.clock import Clock
from identity_service.ids import new_id
from identity_service.notification.broker import Due, HandOff, Task
from identity_service.notification.errors import CampaignNotFound, CampaignStateWrong
from identity_service.notification.kinds import Queue
from identity_service.notification.messages import fan_out
from identity_service.notification.messages.content import Content
from identity_service.notification.messages.waking import REPEAT_AFTER
from identity_service.storage.database import Database, Transaction
from identity_service.storage.queries import campaigns as queries
from identity_service.storage.queries import messages
from identity_service.storage.queries.campaigns import CampaignWithMessage as CampaignWithMessage
from identity_service.storage.rows import Campaign, CampaignState

_ENDED = (CampaignState.CANCELLED, CampaignState.FINISHED)


@dataclass(frozen=True, slots=True)
class CreateCampaign:
    """What to send to whom, and when to begin; at once without `starts_at`."""

    name: str
    user_types: tuple[str, ...]
    content: Content
    starts_at: datetime | None = None


class Campaigns:
    """The journeys of CampaignService."""

    def __init__(
        self, *, database: Database, once: Once, audit: AuditTrail, hand_off: HandOff, clock: Clock, lanes: int
    ) -> None:
        self._database = database
        self._once = once
        self._audit = audit
        self._hand_off = hand_off
        self._lanes = lanes
        self._now = clock

    def create(self, call: Call, command: CreateCampaign) -> CampaignWithMessage:
        """Write the campaign; workers look its recipients up."""
        campaign_id = self._once.answered(call, UUID)
        if campaign_id is None:
            campaign_id = self._once.run(call, UUID, lambda transaction: self._create(transaction, call, command))
        return self.get(call.tenant_id, campaign_id)

    def get(self, tenant_id: str, campaign_id: UUID) -> CampaignWithMessage:
        """Raises `CampaignNotFound`."""
        with self._database.connect() as connection:
            return _required(queries.by_id(connection, tenant_id, campaign_id))

    def page(
        self, tenant_id: str, states: Sequence[str], *, before: UUID | None, size: int
    ) -> list[CampaignWithMessage]:
        """Up to `size` campaigns in one of the states (any, if none is given), newest first, older than `before`."""
        with self._database.connect() as connection:
            return queries.page(connection, tenant_id, states, before=before, size=size)

    def pause(self, call: Call, campaign_id: UUID) -> CampaignWithMessage:
        """Send no more until it is resumed. Raises `CampaignNotFound` and `CampaignStateWrong`."""
        return self._steer(call, campaign_id, self._pause)

    def resume(self, call: Call, campaign_id: UUID) -> CampaignWithMessage:
        """Go on with a paused campaign. Raises `CampaignNotFound` and `CampaignStateWrong`."""
        return self._steer(call, campaign_id, self._resume)

    def cancel(self, call: Call, campaign_id: UUID) -> CampaignWithMessage:
        """Send no more, ever. Raises `CampaignNotFound` and `CampaignStateWrong`."""
        return self._steer(call, campaign_id, self._cancel)

    def _create(self, transaction: Transaction, call: Call, command: CreateCampaign) -> UUID:
        now, connection = self._now(), transaction.connection
        starts_at = max(command.starts_at or now, now)
        campaign = Campaign(
            tenant_id=call.tenant_id,
            id=new_id(),
            name=command.name,
            state=CampaignState.SCHEDULED,
            user_types=list(dict.fromkeys(command.user_types)),
            created_at=now,
            starts_at=starts_at,
            relay_at=starts_at if starts_at > now else now + fan_out.GRACE,
        )
        messages.insert_message(connection, command.content.message(call.tenant_id, campaign.id, Queue.LOW, now, None))
        queries.insert_campaign(connection, campaign)
        self._audit.write(connection, self._audit.event(call, Event.CAMPAIGN_CREATED, subject_id=campaign.id))
        if starts_at <= now:
            self._go_on(transaction, campaign)
        return campaign.id

    def _steer(
        self, call: Call, campaign_id: UUID, change: Callable[[Transaction, Campaign], Event | None]
    ) -> CampaignWithMessage:
        def effect(transaction: Transaction) -> UUID:
            connection = transaction.connection
            found = _required(queries.lock(connection, call.tenant_id, campaign_id))
            if event := change(transaction, found.campaign):
                self._audit.write(connection, self._audit.event(call, event, subject_id=campaign_id))
            return campaign_id

        if self._once.answered(call, UUID) is None:
            self._once.run(call, UUID, effect)
        return self.get(call.tenant_id, campaign_id)

    def _pause(self, transaction: Transaction, campaign: Campaign) -> Event | None:
        if campaign.state == CampaignState.PAUSED:
            return None
        _refuse_if_ended(campaign)
        queries.set_state(transaction.connection, campaign, CampaignState.PAUSED, relay_at=None)
        return Event.CAMPAIGN_PAUSED

    def _resume(self, transaction: Transaction, campaign: Campaign) -> Event | None:
        if campaign.state in (CampaignState.RUNNING, CampaignState.SCHEDULED):
            return None
        _refuse_if_ended(campaign)
        now, connection = self._now(), transaction.connection
        if campaign.starts_at > now:
            queries.set_state(connection, campaign, CampaignState.SCHEDULED, relay_at=campaign.starts_at)
            return Event.CAMPAIGN_RESUMED
        relay_at = now + fan_out.GRACE if campaign.fanned_out_at is None else None
        queries.set_state(connection, campaign, CampaignState.RUNNING, relay_at=relay_at)
        self._go_on(transaction, campaign)
        self._wake(transaction, campaign)
        return Event.CAMPAIGN_RESUMED

    def _cancel(self, transaction: Transaction, campaign: Campaign) -> Event | None:
        if campaign.state == CampaignState.CANCELLED:
            return None
        _refuse_if_ended(campaign)
        now = self._now()
        relay_at = now + fan_out.CALL_OFF_AGAIN
        queries.set_state(transaction.connection, campaign, CampaignState.CANCELLED, relay_at=relay_at, finished_at=now)
        self._go_on(transaction, campaign)
        return Event.CAMPAIGN_CANCELLED

    def _wake(self, transaction: Transaction, campaign: Campaign) -> None:
        again_at = self._now() + REPEAT_AFTER
        queue, wake = messages.wake(transaction.connection, campaign.tenant_id, campaign.id, again_at=again_at)
        due = Due(campaign.tenant_id, campaign.id, queue, Task.DELIVER_MESSAGE, wake)
        for _ in range(self._lanes):
            transaction.after_commit(lambda: self._hand_off.hand_off(due))

    def _go_on(self, transaction: Transaction, campaign: Campaign) -> None:
        transaction.after_commit(lambda: self._hand_off.hand_off(fan_out.task(campaign.tenant_id, campaign.id)))


def _required(found: CampaignWithMessage | None) -> CampaignWithMessage:
    if found is None:
        raise CampaignNotFound()
    return found


def _refuse_if_ended(campaign: Campaign) -> None:
    if campaign.state in _ENDED:
        raise CampaignStateWrong()
