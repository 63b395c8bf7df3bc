"""Passwords of users: set after a proof, changed by who knows the old one, hashed anew."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, bindparam, or_, update

from identity_service.storage.prepared import Prepared
from identity_service.storage.rows import User
from identity_service.storage.tables import users
from identity_service.storage.tables.columns import Time

_of_user = (users.c.tenant_id == bindparam("of_tenant"), users.c.id == bindparam("of_user"))
_set = (
    update(users)
    .where(*_of_user, users.c.address_key == bindparam("of_address"), users.c.state == bindparam("in_state"))
    .values(password_hash=bindparam("new_hash"), password_changed_at=bindparam("now", type_=Time))
)
_CHANGE = Prepared(_set.where(users.c.password_changed_at.is_not_distinct_from(bindparam("changed_at", type_=Time))))
_RESET = Prepared(
    _set.where(
        or_(
            users.c.password_changed_at.is_(None),
            users.c.password_changed_at < bindparam("asked_at", type_=Time),
        )
    )
)
_REHASH = Prepared(
    update(users)
    .where(*_of_user, users.c.password_hash == bindparam("old_hash"))
    .values(password_hash=bindparam("new_hash"))
)


def change(connection: Connection, user: User, new_hash: str, now: datetime) -> bool:
    """Set the password, unless address, state or password have changed since `user` was read: False then."""
    return _CHANGE.run(connection, _setting(user, new_hash, now) | {"changed_at": user.password_changed_at}) == 1


def reset(connection: Connection, user: User, new_hash: str, now: datetime, *, asked_at: datetime) -> bool:
    """Set the password, unless address or state have changed, or the password since `asked_at`: False then."""
    return _RESET.run(connection, _setting(user, new_hash, now) | {"asked_at": asked_at}) == 1


def rehash(connection: Connection, tenant_id: str, user_id: UUID, *, old_hash: str, new_hash: str) -> bool:
    """Put another hash of the same password in place of `old_hash`; False if that is not the user's any more."""
    parameters = {"of_tenant": tenant_id, "of_user": user_id, "old_hash": old_hash, "new_hash": new_hash}
    return _REHASH.run(connection, parameters) == 1


def _setting(user: User, new_hash: str, now: datetime) -> dict[str, object]:
    return {
        "of_tenant": user.tenant_id,
        "of_user": user.id,
        "of_address": user.address_key,
        "in_state": user.state,
        "new_hash": new_hash,
        "now": now,
    }
