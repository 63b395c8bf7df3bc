"""Attempts at the codes of an address: each is counted, and learns which challenges it may meet."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Self
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, case, select
from sqlalchemy.dialects import postgresql, sqlite

from identity_service.storage.prepared import Prepared
from identity_service.storage.queries.challenges import UNUSED_OF_ADDRESS
from identity_service.storage.rows import Challenge, User
from identity_service.storage.tables import challenge_budgets, challenges, users
from identity_service.storage.tables.columns import Time

LIVE_AT_MOST = 5
"""How many live challenges are compared with a code: each one more makes guessing easier."""

_LIVE = (*UNUSED_OF_ADDRESS, challenges.c.expires_at > bindparam("now", type_=Time))
_COLUMNS = (*Challenge.columns(challenges), *User.columns(users))
_CHALLENGE_WIDTH = len(Challenge.columns(challenges))


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


def _newest(challenges_and_users: Select[Any]) -> Select[Any]:
    # Not a user who has another address by now: the old mailbox opens nothing any more.
    of_user = and_(
        users.c.tenant_id == challenges.c.tenant_id,
        users.c.id == challenges.c.user_id,
        users.c.address_key == challenges.c.address_key,
    )
    return challenges_and_users.outerjoin(users, of_user).order_by(challenges.c.id.desc()).limit(LIVE_AT_MOST)


def _counting_and_newest(conditions: tuple[ColumnElement[bool], ...]) -> Select[Any]:
    """Both in one statement, which commits by itself."""
    counted = _counting(postgresql.insert).cte("counted")
    return _newest(
        select(counted.c.attempts, counted.c.window_ends_at, *_COLUMNS)
        .select_from(counted)
        .outerjoin(challenges, and_(*conditions))
    )


class _Statements(NamedTuple):
    """The newest live challenges with their users; on PostgreSQL the same statement counts the attempt."""

    newest: Prepared
    counting_and_newest: Prepared

    @classmethod
    def of(cls, *conditions: ColumnElement[bool]) -> Self:
        alone = _newest(select(*_COLUMNS).where(*conditions))
        return cls(Prepared(alone), Prepared(_counting_and_newest(conditions)))


_COUNT_ON_SQLITE = Prepared(_counting(sqlite.insert))
_OF_ADDRESS = _Statements.of(*_LIVE)
_OF_USER = _Statements.of(*_LIVE, challenges.c.user_id == bindparam("of_user"))
_OF_SUBJECT = _Statements.of(*_LIVE, challenges.c.subject_id == bindparam("of_subject"))


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


def count(
    connection: Connection,
    tenant_id: str,
    purpose: str,
    address_key: str,
    *,
    subject_id: UUID | None,
    user_id: UUID | None,
    now: datetime,
    window_ends_at: datetime,
) -> tuple[Attempts, list[LiveChallenge]]:
    """Count one more attempt at the address, and answer the newest of its challenges that the attempt may meet.

    With `subject_id` or `user_id` those for that subject or user only, so that others cannot push them out of the
    newest. The count commits with its own statement: call this outside of any transaction.
    """
    subject = {"of_tenant": tenant_id, "of_purpose": purpose, "of_address": address_key, "now": now}
    counting, meant = {"new_window_ends_at": window_ends_at}, {"of_subject": subject_id, "of_user": user_id}
    statements = _OF_SUBJECT if subject_id else _OF_USER if user_id else _OF_ADDRESS
    if connection.dialect.name == "postgresql":
        rows = statements.counting_and_newest.rows(connection, subject | counting | meant)
        return Attempts(*rows[0][:2]), [_read(row[2:]) for row in rows if row[2] is not None]
    attempts = Attempts(*_COUNT_ON_SQLITE.first(connection, subject | counting))
    return attempts, [_read(row) for row in statements.newest.rows(connection, subject | meant)]


def _read(row: tuple[Any, ...]) -> LiveChallenge:
    user = row[_CHALLENGE_WIDTH:]
    return LiveChallenge(
        Challenge.from_tuple(row[:_CHALLENGE_WIDTH]), User.from_tuple(user) if user[0] is not None else None
    )
