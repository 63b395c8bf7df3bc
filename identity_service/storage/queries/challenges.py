"""Challenges and the budgets of attempts at them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Connection, Select, and_, bindparam, case, func, select, true, update
from sqlalchemy.dialects import postgresql, sqlite

from identity_service.storage.prepared import Prepared
from identity_service.storage.rows import Challenge, User
from identity_service.storage.tables import challenge_budgets, challenges, users
from identity_service.storage.tables.columns import Time

LIVE_AT_MOST = 5
"""How many live challenges of one address are compared with a code: each one more makes guessing easier."""

_tenant: BindParameter[Any] = bindparam("of_tenant")
_subject = (
    challenges.c.tenant_id == _tenant,
    challenges.c.purpose == bindparam("of_purpose"),
    challenges.c.address_key == bindparam("of_address"),
)
_BY_ID = Prepared(
    select(*Challenge.columns(challenges)).where(
        challenges.c.tenant_id == _tenant, challenges.c.id == bindparam("of_id")
    )
)
_not_used = challenges.c.used_at.is_(None)
_not_expired = challenges.c.expires_at > bindparam("now", type_=Time)
_of_user = and_(users.c.tenant_id == challenges.c.tenant_id, users.c.id == challenges.c.user_id)
_LIVE_COLUMNS = (*Challenge.columns(challenges), *User.columns(users))
_LIVE = Prepared(
    select(*_LIVE_COLUMNS)
    .outerjoin(users, _of_user)
    .where(*_subject, _not_used, _not_expired)
    .order_by(challenges.c.id.desc())
    .limit(LIVE_AT_MOST)
)
USE = (
    update(challenges)
    .where(*_subject, _not_used)
    .values(used_at=bindparam("now", type_=Time))
    .returning(challenges.c.id)
)


def _counting(insert: Any) -> Any:
    """One more attempt; the first after a window's end opens a new window."""
    statement = insert(challenge_budgets).values(
        tenant_id=bindparam("of_tenant"),
        purpose=bindparam("of_purpose"),
        address_key=bindparam("of_address"),
        attempts=1,
        window_ends_at=bindparam("new_window_ends_at", type_=Time),
    )
    kept, is_over = challenge_budgets.c, challenge_budgets.c.window_ends_at <= bindparam("now", type_=Time)
    return statement.on_conflict_do_update(
        index_elements=["tenant_id", "purpose", "address_key"],
        set_={
            "attempts": case((is_over, 1), else_=kept.attempts + 1),
            "window_ends_at": case((is_over, statement.excluded.window_ends_at), else_=kept.window_ends_at),
        },
    ).returning(kept.attempts, kept.window_ends_at)


def _counting_and_live() -> Select[Any]:
    """Both in one statement. Its commit is seen by all at once, and does not wait for the disk.

    A count could be lost only if PostgreSQL itself, or its machine, broke down within a second of it.
    """
    counted = _counting(postgresql.insert).cte("counted")
    unhurried = select(func.set_config("synchronous_commit", "off", True)).cte("unhurried")
    return (
        select(counted.c.attempts, counted.c.window_ends_at, *_LIVE_COLUMNS)
        .select_from(counted)
        .join(unhurried, true())
        .outerjoin(challenges, and_(*_subject, _not_used, _not_expired))
        .outerjoin(users, _of_user)
        .order_by(challenges.c.id.desc())
        .limit(LIVE_AT_MOST)
    )


_USE = Prepared(USE)
_COUNT_ON_SQLITE = Prepared(_counting(sqlite.insert))
_COUNT_AND_LIVE = Prepared(_counting_and_live())
_CHALLENGE_WIDTH = len(Challenge.columns(challenges))


@dataclass(frozen=True, slots=True)
class LiveChallenge:
    """A challenge that can still be met, with the user it would sign in, if there is one."""

    challenge: Challenge
    user: User | None


@dataclass(frozen=True, slots=True)
class Attempts:
    """How often the address was tried in the window that ends then, this time included."""

    count: int
    window_ends_at: datetime


def by_id(connection: Connection, tenant_id: str, challenge_id: UUID) -> Challenge | None:
    row = _BY_ID.first(connection, {"of_tenant": tenant_id, "of_id": challenge_id})
    return Challenge.from_tuple(row) if row else None


def use(connection: Connection, challenge: Challenge, now: datetime) -> bool:
    """Use up every challenge of the same purpose and address. False when somebody has used this one before."""
    return (challenge.id,) in _USE.rows(connection, use_parameters(challenge, now))


def use_parameters(challenge: Challenge, now: datetime) -> dict[str, Any]:
    """The parameters of `USE` for that challenge."""
    return {
        "of_tenant": challenge.tenant_id,
        "of_purpose": challenge.purpose,
        "of_address": challenge.address_key,
        "now": now,
    }


def count_attempt(
    connection: Connection, tenant_id: str, purpose: str, address_key: str, *, now: datetime, window_ends_at: datetime
) -> tuple[Attempts, list[LiveChallenge]]:
    """Count one more attempt, and answer the newest challenges of the address that it may meet.

    The count commits with its own statement: call this outside of any transaction.
    """
    subject = {"of_tenant": tenant_id, "of_purpose": purpose, "of_address": address_key, "now": now}
    counting = subject | {"new_window_ends_at": window_ends_at}
    if connection.dialect.name == "postgresql":
        rows = _COUNT_AND_LIVE.rows(connection, counting)
        return Attempts(*rows[0][:2]), [_live(row[2:]) for row in rows if row[2] is not None]
    attempts = Attempts(*_COUNT_ON_SQLITE.first(connection, counting))
    return attempts, [_live(row) for row in _LIVE.rows(connection, subject)]


def _live(row: tuple[Any, ...]) -> LiveChallenge:
    user = row[_CHALLENGE_WIDTH:]
    return LiveChallenge(
        Challenge.from_tuple(row[:_CHALLENGE_WIDTH]), User.from_tuple(user) if user[0] is not None else None
    )
