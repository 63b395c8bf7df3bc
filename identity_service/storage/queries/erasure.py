"""Erasure: what is left of a user who is deleted. Every table is named here, so that none can be forgotten.

Events, notifications and answered requests stay, as facts about an id that leads to nobody.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    JSON,
    BindParameter,
    ColumnElement,
    Connection,
    Delete,
    Table,
    Update,
    Uuid,
    bindparam,
    case,
    delete,
    literal_column,
    not_,
    null,
    or_,
    select,
    union,
    update,
)

from identity_service.storage.prepared import Prepared
from identity_service.storage.queries import batch_results, same_user
from identity_service.storage.rows import NotificationState, User
from identity_service.storage.tables import (
    answered_requests,
    audit_events,
    challenge_budgets,
    challenges,
    delivery_attempts,
    email_changes,
    invitations,
    notifications,
    opt_outs,
    registrations,
    sessions,
    suppressions,
    users,
)
from identity_service.storage.tables.columns import Time
from identity_service.storage.tables.notifications import ERASABLE

ERASED: Final = frozenset(
    {
        "users",
        "registrations",
        "sessions",
        "challenges",
        "challenge_budgets",
        "email_changes",
        "invitations",
        "opt_outs",
        "suppressions",
    }
)
"""Tables whose rows go with the user."""

ANONYMISED: Final = frozenset({"notifications", "delivery_attempts", "audit_events", "answered_requests"})
"""Tables whose rows stay, without what says who it was."""

IMPERSONAL: Final = frozenset({"tenants", "api_keys", "messages", "campaigns", "template_overrides"})
"""Tables that hold nothing about a user."""

_tenant: BindParameter[Any] = bindparam("of_tenant")
_user: BindParameter[Any] = bindparam("of_user", type_=Uuid)
_address: BindParameter[Any] = bindparam("of_address")
_until: BindParameter[Any] = bindparam("until", type_=Time)
_mail = notifications.c
_EMPTY: Any = literal_column("'{}'", JSON)
_UNADDRESSED = {
    "recipient": "",
    "recipient_key": "",
    "context": _EMPTY,
    "last_error": null(),
    "provider_reference": null(),
}
_WAITING = or_(_mail.state == NotificationState.QUEUED, _mail.state == NotificationState.SENDING)
_UNCOUNTED = or_(_mail.message_id.is_(None), not_(_WAITING))
"""All but the waiting mails of messages: `_CANCEL` counts those. One that is queued after it is not sent, because its
user is gone, and erased when the farewell has left."""


def _where(table: Table, **values: Any) -> tuple[ColumnElement[bool], ...]:
    return (table.c.tenant_id == _tenant, *(table.c[name] == value for name, value in values.items()))


def _at_address(table: Table, column: str = "address_key") -> tuple[ColumnElement[bool], ...]:
    """What is kept about the address from the time when it was the user's: somebody may have it anew."""
    return (*_where(table, **{column: _address}), table.c.created_at <= _until)


def _ids(table: Table, column: str = "id", **values: Any) -> Any:
    return select(table.c[column]).where(*_where(table, **values))


def _stopped(*conditions: ColumnElement[bool], **values: Any) -> Update:
    """Mails that are not sent any more. One that is being sent may arrive; nothing about it is recorded then."""
    state = case((_WAITING, NotificationState.CANCELLED), else_=_mail.state)
    return update(notifications).where(*conditions).values(state=state, revision=_mail.revision + 1, **values)


_invited = _ids(invitations, inviter_user_id=_user)
_invited_addresses = _ids(invitations, "address_key", inviter_user_id=_user)
_other_addresses = union(
    _ids(email_changes, "new_address_key", user_id=_user), _ids(email_changes, "old_address_key", user_id=_user)
)
_mails = union(_ids(notifications, user_id=_user), select(_mail.id).where(*_at_address(notifications, "recipient_key")))

_DELETE_USER = delete(users).where(*_where(users, id=_user)).returning(*User.columns(users))
_DELETE_SAME = Prepared(_DELETE_USER.where(*same_user.IS_SAME))
# Not those of addresses that the user wished for in vain: it would give attempts back.
_DELETE_BUDGETS = delete(challenge_budgets).where(*_where(challenge_budgets, address_key=_address))
_OF_USER: tuple[Update | Delete, ...] = (
    delete(sessions).where(*_where(sessions, user_id=_user)),
    update(delivery_attempts)
    .where(*_where(delivery_attempts), delivery_attempts.c.notification_id.in_(_mails))
    .values(error=null()),
    _stopped(*_where(notifications, user_id=_user), _mail.recipient != "", _UNCOUNTED, **_UNADDRESSED),
    _stopped(*_at_address(notifications, "recipient_key"), _UNCOUNTED, **_UNADDRESSED),
    # The invitations that the user sent: their mails show the user's name, and the addresses of others.
    _stopped(*_where(notifications, kind="invitation"), _mail.user_id.in_(_invited), context=_EMPTY),
    delete(challenges).where(
        *_where(challenges), challenges.c.address_key.in_(_invited_addresses), challenges.c.subject_id.in_(_invited)
    ),
    delete(challenges).where(
        *_where(challenges),
        challenges.c.address_key.in_(_other_addresses),
        or_(challenges.c.user_id == _user, challenges.c.subject_id == _user),
    ),
    delete(challenges).where(*_at_address(challenges)),
    delete(opt_outs).where(*_where(opt_outs, user_id=_user)),
    delete(suppressions).where(*_at_address(suppressions)),
    delete(registrations).where(*_at_address(registrations)),
    delete(email_changes).where(*_where(email_changes, user_id=_user)),
    delete(email_changes).where(*_at_address(email_changes, "new_address_key")),
    delete(invitations).where(*_where(invitations, inviter_user_id=_user)),
    delete(invitations).where(*_at_address(invitations)),
    delete(invitations).where(*_where(invitations, id=_user)),
    update(answered_requests).where(*_where(answered_requests, user_id=_user)).values(answer=null()),
    update(audit_events).where(*_where(audit_events, user_id=_user)).values(ip_address=null(), user_agent=null()),
)
"""In this order: some look for what a later one erases.

Their parameters are the tenant, the user, the address, and until when it was the user's.
"""

STATEMENTS: Final = (_DELETE_USER, _DELETE_BUDGETS, *_OF_USER)
"""All that erasure writes."""

# By itself, and before the others: it tells which messages have one mail less to send.
_CANCEL = Prepared(
    update(notifications)
    .where(*_where(notifications, user_id=_user), _mail.message_id.is_not(None), _WAITING)
    .values(state=NotificationState.CANCELLED, revision=_mail.revision + 1)
    .returning(_mail.message_id)
)
_DELETE, _FORGET_BUDGETS, *_ERASE = [Prepared(statement) for statement in STATEMENTS]

_DONE = Prepared(
    select(_mail.tenant_id, _mail.id, _mail.user_id, _mail.recipient_key, _mail.created_at)
    .where(ERASABLE)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_SETTLE = Prepared(
    update(notifications)
    .where(*_where(notifications, id=bindparam("of_mail", type_=Uuid)))
    .values(erase_when_done=False)
)


def erase_user(connection: Connection, tenant_id: str, user_id: UUID, now: datetime) -> User | None:
    """Delete the user, and what any table holds about them. Answers who it was, or None if there is no such user."""
    row = _DELETE.first(connection, {"of_tenant": tenant_id, "of_user": user_id})
    return _erased(connection, User.from_tuple(row), now) if row else None


def erase_same(connection: Connection, user: User, now: datetime) -> User | None:
    """Like `erase_user`, unless password or state of the user are others than when `user` was read: None then."""
    row = _DELETE_SAME.first(connection, same_user.parameters(user))
    return _erased(connection, User.from_tuple(row), now) if row else None


def _erased(connection: Connection, user: User, now: datetime) -> User:
    tenant_id, user_id = user.tenant_id, user.id
    _FORGET_BUDGETS.run(connection, {"of_tenant": tenant_id, "of_address": user.address_key})
    # The clocks of servers may differ; what is there now is all from the user's time.
    called_off = _erase(connection, tenant_id, user_id, user.address_key, until=now + timedelta(days=1))
    _count(connection, tenant_id, called_off)
    return user


def erase_done(connection: Connection, most: int) -> int:
    """Erase the recipients of up to `most` mails that were sent to the deleted and have come to an end; how many.

    With them goes what was written about them by calls that were under way when they were deleted.
    """
    rows = _DONE.rows(connection, {"most": most})
    called_off: defaultdict[str, list[UUID]] = defaultdict(list)
    for tenant_id, mail_id, user_id, address_key, deleted_at in rows:
        called_off[tenant_id] += _erase(connection, tenant_id, user_id, address_key, until=deleted_at)
        _SETTLE.run(connection, {"of_tenant": tenant_id, "of_mail": mail_id})
    for tenant_id in sorted(called_off):
        _count(connection, tenant_id, called_off[tenant_id])
    return len(rows)


def _erase(connection: Connection, tenant_id: str, user_id: UUID, address_key: str, *, until: datetime) -> list[UUID]:
    """The messages that have had a mail called off by this: `_count` them when all is erased."""
    subject = {"of_tenant": tenant_id, "of_user": user_id, "of_address": address_key, "until": until}
    called_off = [row[0] for row in _CANCEL.rows(connection, subject)]
    for statement in _ERASE:
        statement.run(connection, subject)
    return called_off


def _count(connection: Connection, tenant_id: str, called_off: Iterable[UUID]) -> None:
    """In this order, and last: workers lock their mails before the message, and other erasures lock messages, too."""
    for message_id, number in sorted(Counter(called_off).items()):
        batch_results.count(connection, tenant_id, message_id, Counter(cancelled=number))
