"""Messages to many: written, woken, and put to rest when no mail of theirs waits any more."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Connection, and_, bindparam, case, func, insert, select, tuple_, union_all, update

from identity_service.storage.prepared import Prepared
from identity_service.storage.rows import CampaignState, Message, NotificationState
from identity_service.storage.tables import campaigns, messages, notifications
from identity_service.storage.tables.columns import Time
from identity_service.storage.tables.messages import TO_RELAY
from identity_service.storage.tables.notifications import WAITING_OF_MESSAGE

_table = messages.c
_tenant: BindParameter[Any] = bindparam("of_tenant")
_message: BindParameter[Any] = bindparam("of_message", type_=_table.id.type)
_of_message = (_table.tenant_id == _tenant, _table.id == _message)
_now: BindParameter[Any] = bindparam("now", type_=Time)

_SENDING = (CampaignState.RUNNING, CampaignState.FINISHED)
"""A campaign that is finished sends what an operator retries."""

_INSERT = Prepared(insert(messages))
_OPEN = Prepared(
    select(*Message.columns(messages), campaigns.c.state)
    .select_from(messages)
    .outerjoin(campaigns, and_(campaigns.c.tenant_id == _table.tenant_id, campaigns.c.id == _table.id))
    .where(*_of_message)
)
_IS_SENDABLE = Prepared(select(campaigns.c.state).where(campaigns.c.tenant_id == _tenant, campaigns.c.id == _message))
_DUE = (
    select(_table.tenant_id, _table.id)
    .where(TO_RELAY, _table.relay_at <= _now)
    .order_by(_table.relay_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_WAKE = Prepared(
    update(messages)
    .where(tuple_(_table.tenant_id, _table.id).in_(_DUE))
    .values(relay_at=bindparam("new_relay_at", type_=Time), wake=_table.wake + 1)
    .returning(_table.tenant_id, _table.id, _table.queue, _table.wake)
)
_WAKE_ONE = Prepared(
    update(messages)
    .where(*_of_message)
    .values(relay_at=bindparam("new_relay_at", type_=Time), wake=_table.wake + 1, revision=_table.revision + 1)
    .returning(_table.queue, _table.wake)
)
_LOOK_AGAIN = Prepared(update(messages).where(*_of_message).values(relay_at=bindparam("new_relay_at", type_=Time)))
_latest: BindParameter[Any] = bindparam("latest", type_=Time)
_ADD_DUE = Prepared(
    update(messages)
    .where(*_of_message)
    .values(
        revision=_table.revision + 1,
        relay_at=case((_table.relay_at.is_(None), _now), (_table.relay_at <= _latest, _table.relay_at), else_=_latest),
    )
)


def _first_in(state: NotificationState) -> Any:
    waiting = notifications.c
    return (
        select(waiting.relay_at.label("at"))
        .where(
            WAITING_OF_MESSAGE,
            waiting.tenant_id == _tenant,
            waiting.message_id == _message,
            waiting.state == state,
        )
        .order_by(waiting.relay_at)
        .limit(1)
    )


_first = union_all(
    select(_first_in(NotificationState.QUEUED).subquery().c.at),
    select(_first_in(NotificationState.SENDING).subquery().c.at),
).subquery()
_SETTLE = Prepared(
    update(messages)
    .where(*_of_message, _table.revision == bindparam("seen_revision"))
    .values(relay_at=select(func.min(_first.c.at)).scalar_subquery())
    .returning(_table.relay_at)
)
_QUIET = Prepared(
    update(messages).where(*_of_message, _table.revision == bindparam("seen_revision")).values(relay_at=None)
)


@dataclass(frozen=True, slots=True)
class OpenMessage:
    """A message as its workers see it; `campaign_state` is None unless a campaign sends it."""

    message: Message
    campaign_state: str | None

    @property
    def may_be_sent(self) -> bool:
        return self.campaign_state in (None, *_SENDING)


def insert_message(connection: Connection, message: Message) -> None:
    _INSERT.run(connection, message.values())


def open_message(connection: Connection, tenant_id: str, message_id: UUID) -> OpenMessage | None:
    row = _OPEN.first(connection, _key(tenant_id, message_id))
    return OpenMessage(Message.from_tuple(row[:-1]), row[-1]) if row else None


def may_be_sent(connection: Connection, tenant_id: str, message_id: UUID) -> bool:
    """Whether the message's campaign still runs."""
    row = _IS_SENDABLE.first(connection, _key(tenant_id, message_id))
    return row is not None and row[0] in _SENDING


def wake_due(
    connection: Connection, *, now: datetime, again_at: datetime, most: int
) -> list[tuple[str, UUID, str, int]]:
    """Wake up to `most` messages that are due: (tenant, id, queue, which waking this is). The next is at `again_at`."""
    rows = _WAKE.rows(connection, {"now": now, "new_relay_at": again_at, "most": most})
    return [tuple(row) for row in rows]


def wake(connection: Connection, tenant_id: str, message_id: UUID, *, again_at: datetime) -> tuple[str, int]:
    """Wake a message of which mails have become due: its queue, and which waking this is. The next is at `again_at`."""
    queue, number = _WAKE_ONE.first(connection, _key(tenant_id, message_id) | {"new_relay_at": again_at})
    return queue, number


def look_again(connection: Connection, tenant_id: str, message_id: UUID, *, at: datetime) -> None:
    """Let the relay wake the message at that time: the broker is away."""
    _LOOK_AGAIN.run(connection, _key(tenant_id, message_id) | {"new_relay_at": at})


def add_due(connection: Connection, tenant_id: str, message_id: UUID, *, now: datetime, latest: datetime) -> None:
    """Mails of the message have become due: have it woken now if nothing was due before, or else at `latest`."""
    _ADD_DUE.run(connection, _key(tenant_id, message_id) | {"now": now, "latest": latest})


def settle(connection: Connection, message: Message) -> tuple[bool, datetime | None]:
    """Let the relay wake the message when its next mail is due, and not before.

    Answers whether that was done, and when it will be: None says that no mail is left. It is not done when mails have
    become due since `message` was read, because this statement might not see them yet.
    """
    parameters = _key(message.tenant_id, message.id) | {"seen_revision": message.revision}
    row = _SETTLE.first(connection, parameters)
    return (row is not None, row[0] if row else None)


def quiet(connection: Connection, message: Message) -> None:
    """Wake a message no more until mails become due, unless some have since it was read."""
    _QUIET.run(connection, _key(message.tenant_id, message.id) | {"seen_revision": message.revision})


def _key(tenant_id: str, message_id: UUID) -> dict[str, Any]:
    return {"of_tenant": tenant_id, "of_message": message_id}
