"""Campaigns: written, steered, listed, and carried on by the workers that look their recipients up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Connection, and_, bindparam, insert, select, tuple_, update

from identity_service.storage.prepared import Prepared
from identity_service.storage.rows import Campaign, CampaignState, Message
from identity_service.storage.tables import campaigns, messages
from identity_service.storage.tables.columns import Time
from identity_service.storage.tables.messages import TO_RELAY

_table = campaigns.c
_tenant: BindParameter[Any] = bindparam("of_tenant")
_of_campaign = (_table.tenant_id == _tenant, _table.id == bindparam("of_campaign", type_=_table.id.type))
_new_relay_at: BindParameter[Any] = bindparam("new_relay_at", type_=Time)
_with_message = select(*Campaign.columns(campaigns), *Message.columns(messages)).join(
    messages, and_(messages.c.tenant_id == _table.tenant_id, messages.c.id == _table.id)
)
_WIDTH = len(Campaign.columns(campaigns))

_INSERT = Prepared(insert(campaigns))
_BY_ID = Prepared(_with_message.where(*_of_campaign))
_LOCK = Prepared(_with_message.where(*_of_campaign).with_for_update(of=campaigns))
_LOCK_IF_FREE = Prepared(_with_message.where(*_of_campaign).with_for_update(of=campaigns, skip_locked=True))
_SET_STATE = Prepared(
    update(campaigns)
    .where(*_of_campaign)
    .values(state=bindparam("new_state"), finished_at=bindparam("new_finished_at", type_=Time), relay_at=_new_relay_at)
)
_ADVANCE = Prepared(
    update(campaigns)
    .where(*_of_campaign)
    .values(
        state=CampaignState.RUNNING,
        expected=bindparam("new_expected"),
        recipients=_table.recipients + bindparam("more_recipients"),
        type_position=bindparam("new_type_position"),
        user_position=bindparam("new_user_position", type_=_table.user_position.type),
        fanned_out_at=bindparam("new_fanned_out_at", type_=Time),
        relay_at=_new_relay_at,
    )
)
_PUT_OFF = Prepared(update(campaigns).where(*_of_campaign).values(relay_at=_new_relay_at))
_DUE = (
    select(_table.tenant_id, _table.id)
    .where(TO_RELAY, _table.relay_at <= bindparam("now", type_=Time))
    .order_by(_table.relay_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_WAKE = Prepared(
    update(campaigns)
    .where(tuple_(_table.tenant_id, _table.id).in_(_DUE))
    .values(relay_at=_new_relay_at)
    .returning(_table.tenant_id, _table.id)
)


@dataclass(frozen=True, slots=True)
class CampaignWithMessage:
    """A campaign and what it sends."""

    campaign: Campaign
    message: Message

    @property
    def id(self) -> UUID:
        return self.campaign.id


def insert_campaign(connection: Connection, campaign: Campaign) -> None:
    _INSERT.run(connection, campaign.values())


def by_id(connection: Connection, tenant_id: str, campaign_id: UUID) -> CampaignWithMessage | None:
    return _read(_BY_ID.first(connection, _key(tenant_id, campaign_id)))


def lock(connection: Connection, tenant_id: str, campaign_id: UUID) -> CampaignWithMessage | None:
    """The campaign, which nobody else steers or carries on until the transaction ends."""
    return _read(_LOCK.first(connection, _key(tenant_id, campaign_id)))


def lock_if_free(connection: Connection, tenant_id: str, campaign_id: UUID) -> CampaignWithMessage | None:
    """Like `lock`, but None when somebody else has it."""
    return _read(_LOCK_IF_FREE.first(connection, _key(tenant_id, campaign_id)))


def set_state(
    connection: Connection,
    campaign: Campaign,
    state: CampaignState,
    *,
    relay_at: datetime | None,
    finished_at: datetime | None = None,
) -> None:
    """Write the state of a locked campaign, and when somebody must look at it."""
    new = {"new_state": state, "new_relay_at": relay_at, "new_finished_at": finished_at}
    _SET_STATE.run(connection, _key(campaign.tenant_id, campaign.id) | new)


def advance(
    connection: Connection,
    campaign: Campaign,
    *,
    expected: int,
    queued: int,
    position: tuple[int, UUID | None],
    fanned_out_at: datetime | None,
    relay_at: datetime | None,
) -> None:
    """Write how far the fan-out of a locked campaign has come: so many more recipients, up to that type and user."""
    new = {
        "new_expected": expected,
        "more_recipients": queued,
        "new_type_position": position[0],
        "new_user_position": position[1],
        "new_fanned_out_at": fanned_out_at,
        "new_relay_at": relay_at,
    }
    _ADVANCE.run(connection, _key(campaign.tenant_id, campaign.id) | new)


def put_off(connection: Connection, tenant_id: str, campaign_id: UUID, *, until: datetime | None) -> None:
    """Look at the campaign again at that time; None: not before somebody steers it."""
    _PUT_OFF.run(connection, _key(tenant_id, campaign_id) | {"new_relay_at": until})


def wake_due(connection: Connection, *, now: datetime, again_at: datetime, most: int) -> list[tuple[str, UUID]]:
    """Take up to `most` campaigns that are due: (tenant, id). No relay takes them again before `again_at`."""
    rows = _WAKE.rows(connection, {"now": now, "new_relay_at": again_at, "most": most})
    return [tuple(row) for row in rows]


def page(
    connection: Connection, tenant_id: str, states: Sequence[str], *, before: UUID | None, size: int
) -> list[CampaignWithMessage]:
    """Up to `size` campaigns in one of the states (any, if none is given), newest first, older than `before`."""
    statement = _with_message.where(_table.tenant_id == tenant_id).order_by(_table.id.desc()).limit(size)
    if states:
        statement = statement.where(_table.state.in_(states))
    if before:
        statement = statement.where(_table.id < before)
    return [_from_row(row) for row in connection.execute(statement)]


def _key(tenant_id: str, campaign_id: UUID) -> dict[str, Any]:
    return {"of_tenant": tenant_id, "of_campaign": campaign_id}


def _read(row: Any) -> CampaignWithMessage | None:
    return _from_row(row) if row else None


def _from_row(row: Any) -> CampaignWithMessage:
    return CampaignWithMessage(Campaign.from_tuple(row[:_WIDTH]), Message.from_tuple(row[_WIDTH:]))
