"""Challenges and the budgets of attempts at them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Connection, Integer, and_, bindparam, column, select, text, update

from identity_service.storage.rows import Challenge, User
from identity_service.storage.tables import challenges, users
from identity_service.storage.tables.columns import Time

LIVE_AT_MOST = 5
"""How many live challenges of one address are compared with a code: more than the request limit lets live."""

_tenant: BindParameter[Any] = bindparam("of_tenant")
_subject = (
    challenges.c.tenant_id == _tenant,
    challenges.c.purpose == bindparam("of_purpose"),
    challenges.c.address_key == bindparam("of_address"),
)
_BY_ID = select(*Challenge.columns(challenges)).where(
    challenges.c.tenant_id == _tenant, challenges.c.id == bindparam("of_id")
)
_LIVE = (
    select(*Challenge.columns(challenges), *User.columns(users))
    .outerjoin(users, and_(users.c.tenant_id == challenges.c.tenant_id, users.c.id == challenges.c.user_id))
    .where(*_subject, challenges.c.used_at.is_(None), challenges.c.expires_at > bindparam("now"))
    .order_by(challenges.c.id.desc())
    .limit(LIVE_AT_MOST)
)
_USE = (
    update(challenges)
    .where(*_subject, challenges.c.used_at.is_(None))
    .values(used_at=bindparam("now", type_=Time))
    .returning(challenges.c.id)
)
# The same text on both databases; SQLAlchemy has a construct for each, and none for both.
_COUNT_ATTEMPT = (
    text("""
    INSERT INTO challenge_budgets (tenant_id, purpose, address_key, attempts, window_ends_at)
    VALUES (:tenant_id, :purpose, :address_key, 1, :window_ends_at)
    ON CONFLICT (tenant_id, purpose, address_key) DO UPDATE SET
        attempts = CASE WHEN challenge_budgets.window_ends_at <= :now THEN 1
                        ELSE challenge_budgets.attempts + 1 END,
        window_ends_at = CASE WHEN challenge_budgets.window_ends_at <= :now THEN excluded.window_ends_at
                              ELSE challenge_budgets.window_ends_at END
    RETURNING attempts, window_ends_at
    """)
    .bindparams(bindparam("now", type_=Time), bindparam("window_ends_at", type_=Time))
    .columns(column("attempts", Integer), column("window_ends_at", Time))
)
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
    row = connection.execute(_BY_ID, {"of_tenant": tenant_id, "of_id": challenge_id}).first()
    return Challenge.from_tuple(row) if row else None


def live(connection: Connection, tenant_id: str, purpose: str, address_key: str, now: datetime) -> list[LiveChallenge]:
    """The newest challenges of that address that are neither used nor expired."""
    parameters = {"of_tenant": tenant_id, "of_purpose": purpose, "of_address": address_key, "now": now}
    return [_live(tuple(row)) for row in connection.execute(_LIVE, parameters)]


def use(connection: Connection, challenge: Challenge, now: datetime) -> bool:
    """Use up every challenge of the same purpose and address. False when somebody has used this one before."""
    parameters = {
        "of_tenant": challenge.tenant_id,
        "of_purpose": challenge.purpose,
        "of_address": challenge.address_key,
        "now": now,
    }
    return challenge.id in connection.execute(_USE, parameters).scalars().all()


def count_attempt(
    connection: Connection, tenant_id: str, purpose: str, address_key: str, now: datetime, window_ends_at: datetime
) -> Attempts:
    """Count one more attempt; the first after a window's end opens a window that ends at `window_ends_at`."""
    parameters = {
        "tenant_id": tenant_id,
        "purpose": purpose,
        "address_key": address_key,
        "now": now,
        "window_ends_at": window_ends_at,
    }
    return Attempts(*connection.execute(_COUNT_ATTEMPT, parameters).one())


def _live(row: tuple[object, ...]) -> LiveChallenge:
    user = row[_CHALLENGE_WIDTH:]
    return LiveChallenge(
        Challenge.from_tuple(row[:_CHALLENGE_WIDTH]), User.from_tuple(user) if user[0] is not None else None
    )
