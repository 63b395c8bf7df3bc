"""Users as operators see and steer them: lists, profiles, suspension."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Connection, Select, TextClause, bindparam, select, text, update

from identity_service.ids import lowest_id_of
from identity_service.storage.prepared import Prepared
from identity_service.storage.queries import merged
from identity_service.storage.rows import User, UserState
from identity_service.storage.tables import users
from identity_service.storage.tables.accounts import SUSPENDED
from identity_service.storage.tables.columns import Time

_ID_IS_YOUNGER_BY = timedelta(minutes=1)
_ID_IS_OLDER_BY = timedelta(days=31)
"""How far the time in the id is from the row's at most. Who accepted an invitation has the invitation's id."""
_BEHIND_ALL = "\U0010ffff"
"""Sorts behind every character of an address."""

_tenant: BindParameter[Any] = bindparam("of_tenant")
_id: BindParameter[Any] = bindparam("of_id")
_now: BindParameter[Any] = bindparam("now", type_=Time)

_of_user = update(users).where(users.c.tenant_id == _tenant, users.c.id == _id)
_SUSPEND = Prepared(
    _of_user.where(users.c.state == UserState.ACTIVE).values(
        state=UserState.SUSPENDED, suspended_at=_now, suspend_reason=bindparam("reason"), updated_at=_now
    )
)
_REINSTATE = Prepared(
    _of_user.where(SUSPENDED).values(state=UserState.ACTIVE, suspended_at=None, suspend_reason=None, updated_at=_now)
)


@dataclass(frozen=True, slots=True)
class UserFilter:
    """Which users to list; an empty part does not restrict."""

    user_types: Sequence[str] = ()
    state: str | None = None
    address_key: str | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None


def page(connection: Connection, tenant_id: str, wanted: UserFilter, *, before: UUID | None, size: int) -> list[User]:
    """Up to `size` users, newest first, older than `before`."""
    everybody = _matching(tenant_id, wanted)
    if before:
        everybody = everybody.where(users.c.id < before)
    of_types = [everybody.where(users.c.user_type == user_type) for user_type in wanted.user_types]
    statement = merged.newest(users, of_types or [everybody], size)
    return [User.from_tuple(row) for row in connection.execute(statement)]


def page_by_address(
    connection: Connection, tenant_id: str, wanted: UserFilter, *, prefix: str, after: str | None, size: int
) -> list[User]:
    """Up to `size` users whose address keys begin with `prefix`, sorted by these, those behind `after`."""
    on_postgres = connection.dialect.name == "postgresql"
    statement = _matching(tenant_id, wanted).where(*_in_range(prefix, after, on_postgres))
    if wanted.user_types:
        statement = statement.where(users.c.user_type.in_(wanted.user_types))
    order = text("users.address_key USING ~<~") if on_postgres else users.c.address_key
    return [User.from_tuple(row) for row in connection.execute(statement.order_by(order).limit(size))]


def change_profile(
    connection: Connection, tenant_id: str, user_id: UUID, changes: Mapping[str, str], now: datetime
) -> bool:
    """Write these columns of the profile; False when there is no such user."""
    statement = update(users).where(users.c.tenant_id == tenant_id, users.c.id == user_id)
    return connection.execute(statement.values(**changes, updated_at=now)).rowcount == 1


def suspend(connection: Connection, tenant_id: str, user_id: UUID, reason: str | None, now: datetime) -> bool:
    """Suspend an active user; False when there is none."""
    parameters = {"of_tenant": tenant_id, "of_id": user_id, "reason": reason, "now": now}
    return _SUSPEND.run(connection, parameters) == 1


def reinstate(connection: Connection, tenant_id: str, user_id: UUID, now: datetime) -> bool:
    """Let a suspended user act again; False when there is none."""
    return _REINSTATE.run(connection, {"of_tenant": tenant_id, "of_id": user_id, "now": now}) == 1


def _matching(tenant_id: str, wanted: UserFilter) -> Select[Any]:
    return select(*User.columns(users)).where(users.c.tenant_id == tenant_id, *_conditions(wanted))


def _conditions(wanted: UserFilter) -> Iterator[ColumnElement[bool] | TextClause]:
    """The times bound the ids too, which are the index that the pages are read from."""
    if wanted.state == UserState.SUSPENDED:
        yield SUSPENDED  # word for word what its index says
    elif wanted.state:
        yield users.c.state == wanted.state
    if wanted.address_key:
        yield users.c.address_key == wanted.address_key
    if wanted.created_from:
        yield users.c.created_at >= wanted.created_from
        yield users.c.id >= lowest_id_of(wanted.created_from - _ID_IS_OLDER_BY)
    if wanted.created_before:
        yield users.c.created_at < wanted.created_before
        yield users.c.id < lowest_id_of(wanted.created_before + _ID_IS_YOUNGER_BY)


def _in_range(prefix: str, after: str | None, on_postgres: bool) -> Iterator[ColumnElement[bool]]:
    """By code points: on PostgreSQL by the operators of the index, because its others know languages."""
    at_least, more, less = ("~>=~", "~>~", "~<~") if on_postgres else (">=", ">", "<")
    key = users.c.address_key
    yield key.bool_op(at_least)(prefix) if after is None else key.bool_op(more)(after)
    yield key.bool_op(less)(prefix + _BEHIND_ALL)
