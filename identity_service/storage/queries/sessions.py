"""Sessions and the rotation of their refresh tokens."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Connection, Select, bindparam, exists, or_, select, update

from identity_service.storage.batch import InsertAfter, InsertFrom
from identity_service.storage.prepared import Prepared
from identity_service.storage.queries import challenges, same_user
from identity_service.storage.rows import AuditEvent, Challenge, Session, User, UserState
from identity_service.storage.tables import audit_events, sessions, users
from identity_service.storage.tables.columns import Time

_tenant: BindParameter[Any] = bindparam("of_tenant")
_id: BindParameter[Any] = bindparam("of_session")

_OPEN = InsertAfter(same_user.SAME_USER, sessions, audit_events)
_OPEN_BY_PROOF = InsertAfter(challenges.USE, sessions, audit_events)
_by_id = select(*Session.columns(sessions)).where(sessions.c.tenant_id == _tenant, sessions.c.id == _id)
_user_is_active = exists().where(
    users.c.tenant_id == sessions.c.tenant_id, users.c.id == sessions.c.user_id, users.c.state == UserState.ACTIVE
)
_BY_ID = Prepared(_by_id)
_USABLE_BY_ID = Prepared(_by_id.where(_user_is_active))
_ROTATE = InsertFrom(
    update(sessions)
    .where(
        sessions.c.tenant_id == _tenant,
        sessions.c.id == _id,
        sessions.c.refresh_fingerprint == bindparam("presented"),
        sessions.c.revoked_at.is_(None),
        sessions.c.expires_at > bindparam("now"),
        or_(sessions.c.generation == 0, sessions.c.rotated_at <= bindparam("rotated_until", type_=Time)),
        _user_is_active,
    )
    .values(
        generation=sessions.c.generation + 1,
        refresh_key_id=bindparam("new_key_id"),
        refresh_fingerprint=bindparam("new_fingerprint"),
        rotated_at=bindparam("now", type_=Time),
        expires_at=bindparam("new_expires_at", type_=Time),
    )
    .returning(*Session.columns(sessions)),
    audit_events,
    taking=["user_id"],
)
_revoke = (
    update(sessions)
    .where(
        sessions.c.tenant_id == _tenant,
        sessions.c.user_id == bindparam("of_user"),
        sessions.c.revoked_at.is_(None),
        sessions.c.expires_at > bindparam("now"),
    )
    .values(revoked_at=bindparam("now", type_=Time), revoke_reason=bindparam("reason"))
)
_REVOKE_ALL = Prepared(_revoke)
_REVOKE_ONE = Prepared(_revoke.where(sessions.c.id == _id))
_REVOKE_OTHERS = Prepared(_revoke.where(sessions.c.id != _id))


def open_session(connection: Connection, session: Session, event: AuditEvent, *, opened_by: User) -> bool:
    """Write a session, and that it was opened; False, and no session, if password or state of the user are others."""
    return _OPEN.execute(connection, same_user.parameters(opened_by), opened_by.id, session.values(), event.values())


def open_session_by_proof(
    connection: Connection, session: Session, event: AuditEvent, *, proved: Challenge, now: datetime
) -> bool:
    """Use the challenge up, as `challenges.use` does, and write the session; False, and no session, if it was used."""
    used = challenges.use_parameters(proved, now)
    return _OPEN_BY_PROOF.execute(connection, used, proved.id, session.values(), event.values())


def by_id(connection: Connection, tenant_id: str, session_id: UUID) -> Session | None:
    row = _BY_ID.first(connection, {"of_tenant": tenant_id, "of_session": session_id})
    return Session.from_tuple(row) if row else None


def usable_by_id(connection: Connection, tenant_id: str, session_id: UUID) -> Session | None:
    """The session, unless its user is suspended or gone.

    A suspension revokes all sessions that it sees. A sign-in of the same moment may open one that it does not.
    """
    row = _USABLE_BY_ID.first(connection, {"of_tenant": tenant_id, "of_session": session_id})
    return Session.from_tuple(row) if row else None


def rotate(
    connection: Connection,
    tenant_id: str,
    session_id: UUID,
    event: AuditEvent,
    *,
    presented: bytes,
    new_key_id: str,
    new_fingerprint: bytes,
    now: datetime,
    rotated_until: datetime,
    new_expires_at: datetime,
) -> Session | None:
    """Move a living session of an active user on to its next refresh token, and write `event`, as one of that user.

    None, and no event, unless `presented` is its newest, and its first or made until `rotated_until`.
    """
    row = _ROTATE.execute(
        connection,
        {
            "of_tenant": tenant_id,
            "of_session": session_id,
            "presented": presented,
            "new_key_id": new_key_id,
            "new_fingerprint": new_fingerprint,
            "now": now,
            "rotated_until": rotated_until,
            "new_expires_at": new_expires_at,
        },
        event.values(),
    )
    return Session.from_tuple(row) if row else None


def revoke_one(
    connection: Connection, tenant_id: str, user_id: UUID, session_id: UUID, reason: str, now: datetime
) -> bool:
    """Revoke that session of that user; False when it was not alive."""
    parameters = _revocation(tenant_id, user_id, reason, now) | {"of_session": session_id}
    return _REVOKE_ONE.run(connection, parameters) == 1


def revoke_all(
    connection: Connection, tenant_id: str, user_id: UUID, reason: str, now: datetime, keep: UUID | None = None
) -> int:
    """Revoke the user's living sessions, but for `keep`, and return how many they were."""
    parameters = _revocation(tenant_id, user_id, reason, now)
    if keep is None:
        return _REVOKE_ALL.run(connection, parameters)
    return _REVOKE_OTHERS.run(connection, parameters | {"of_session": keep})


def page(
    connection: Connection,
    tenant_id: str,
    user_id: UUID,
    *,
    now: datetime,
    with_ended: bool,
    before: UUID | None,
    size: int,
) -> list[Session]:
    """Up to `size` of the user's sessions, newest first, older than `before`."""
    statement: Select[tuple[object, ...]] = (
        select(*Session.columns(sessions))
        .where(sessions.c.tenant_id == tenant_id, sessions.c.user_id == user_id)
        .order_by(sessions.c.id.desc())
        .limit(size)
    )
    if before is not None:
        statement = statement.where(sessions.c.id < before)
    if not with_ended:
        statement = statement.where(sessions.c.revoked_at.is_(None), sessions.c.expires_at > now)
    return [Session.from_tuple(row) for row in connection.execute(statement)]


def _revocation(tenant_id: str, user_id: UUID, reason: str, now: datetime) -> dict[str, object]:
    return {"of_tenant": tenant_id, "of_user": user_id, "reason": reason, "now": now}
