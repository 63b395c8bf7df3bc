"""Erasure: what is left of a user who is deleted. Every table is named here, so that none can be forgotten.

Events, notifications and answered requests stay, as facts about an id that leads to nobody.
"""

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
    null,
    or_,
    select,
    union,
    update,
)

from identity_service.storage.prepared import Prepared
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


def _where(table: Table, **values: Any) -> tuple[ColumnElement[bool], ...]:
    return (table.c.tenant_id == _tenant, *(table.c[name] == value for name, value in values.items()))


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
_mails = union(_ids(notifications, user_id=_user), _ids(notifications, recipient_key=_address))

_DELETE_USER = delete(users).where(*_where(users, id=_user)).returning(*User.columns(users))
STATEMENTS: Final[tuple[Update | Delete, ...]] = (
    _DELETE_USER,
    delete(sessions).where(*_where(sessions, user_id=_user)),
    update(delivery_attempts)
    .where(*_where(delivery_attempts), delivery_attempts.c.notification_id.in_(_mails))
    .values(error=null()),
    _stopped(*_where(notifications, user_id=_user), **_UNADDRESSED),
    _stopped(*_where(notifications, recipient_key=_address), **_UNADDRESSED),
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
    delete(challenges).where(*_where(challenges, address_key=_address)),
    # Not those of addresses that the user wished for in vain: it would give attempts back.
    delete(challenge_budgets).where(*_where(challenge_budgets, address_key=_address)),
    delete(opt_outs).where(*_where(opt_outs, user_id=_user)),
    delete(suppressions).where(*_where(suppressions, address_key=_address)),
    delete(registrations).where(*_where(registrations, address_key=_address)),
    delete(email_changes).where(*_where(email_changes, user_id=_user)),
    delete(email_changes).where(*_where(email_changes, new_address_key=_address)),
    delete(invitations).where(*_where(invitations, inviter_user_id=_user)),
    delete(invitations).where(*_where(invitations, address_key=_address)),
    delete(invitations).where(*_where(invitations, id=_user)),
    update(answered_requests).where(*_where(answered_requests, user_id=_user)).values(answer=null()),
    update(audit_events).where(*_where(audit_events, user_id=_user)).values(ip_address=null(), user_agent=null()),
)
"""In this order: some look for what a later one erases. Their parameters are the tenant, the user and the address."""

_DELETE, *_ERASE = [Prepared(statement) for statement in STATEMENTS]

_ERASE_DONE = Prepared(
    update(notifications)
    .where(ERASABLE)
    .values(erase_when_done=False, revision=_mail.revision + 1, **_UNADDRESSED)
    .returning(_mail.tenant_id, _mail.id)
)
_FORGET_ERRORS = Prepared(
    update(delivery_attempts)
    .where(*_where(delivery_attempts, notification_id=bindparam("of_mail", type_=Uuid)))
    .values(error=null())
)


def erase_user(connection: Connection, tenant_id: str, user_id: UUID) -> User | None:
    """Delete the user, and what any table holds about them. Answers who it was, or None if there is no such user."""
    row = _DELETE.first(connection, {"of_tenant": tenant_id, "of_user": user_id})
    if row is None:
        return None
    user = User.from_tuple(row)
    subject = {"of_tenant": tenant_id, "of_user": user_id, "of_address": user.address_key}
    for statement in _ERASE:
        statement.run(connection, subject)
    return user


def erase_done(connection: Connection) -> int:
    """Erase the recipients of mails that were sent to the deleted and have come to an end; how many."""
    rows = _ERASE_DONE.rows(connection, {})
    for tenant_id, notification_id in rows:
        _FORGET_ERRORS.run(connection, {"of_tenant": tenant_id, "of_mail": notification_id})
    return len(rows)
