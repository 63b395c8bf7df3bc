"""Challenges as operators see them: pages, each read from as few ranges of an index as hold what is asked for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    TextClause,
    Uuid,
    and_,
    bindparam,
    or_,
    select,
    union,
)

from identity_service.ids import lowest_id_of
from identity_service.storage.prepared import Prepared
from identity_service.storage.queries import merged
from identity_service.storage.rows import Challenge
from identity_service.storage.tables import (
    challenge_budgets,
    challenges,
    email_changes,
    invitations,
    registrations,
    users,
)
from identity_service.storage.tables.challenges import BUT_SIGN_IN

_ID_MAY_DIFFER = timedelta(minutes=1)
"""How far the time in an id is from the row's at most: both are made in one call."""
_MOST_ADDRESSES = 20

_of = {"of_tenant": bindparam("of_tenant"), "of_user": bindparam("of_user", type_=Uuid)}


def _keys(column: Any, user_column: Any) -> Select[Any]:
    return select(column.label("key")).where(
        column.table.c.tenant_id == _of["of_tenant"], user_column == _of["of_user"], column.is_not(None)
    )


_ADDRESSES = Prepared(
    union(
        _keys(users.c.address_key, users.c.id),
        _keys(registrations.c.address_key, registrations.c.id),
        _keys(invitations.c.address_key, invitations.c.id),
        _keys(email_changes.c.new_address_key, email_changes.c.user_id),
        _keys(email_changes.c.old_address_key, email_changes.c.user_id),
    ).limit(_MOST_ADDRESSES)
)


@dataclass(frozen=True, slots=True)
class ChallengeFilter:
    """Which challenges to list, by purposes with the lifetime of each; an empty part does not restrict.

    `state` is `valid`, `used` or `expired`. `address_keys` is None for any address, and empty for none.
    """

    lifetimes: Mapping[str, timedelta]
    state: str = ""
    address_keys: Sequence[str] | None = None
    user_id: UUID | None = None
    any_purpose: bool = False


@dataclass(frozen=True, slots=True)
class ListedChallenge:
    """A challenge, and how often codes of its address and purpose were tried in the window that ends then."""

    challenge: Challenge
    attempts: int
    window_ends_at: datetime | None

    @property
    def id(self) -> UUID:
        return self.challenge.id


def addresses_of(connection: Connection, tenant_id: str, user_id: UUID) -> list[str]:
    """The keys of the addresses that a user, a registration or an invited person has, had or wished to have."""
    return [key for (key,) in _ADDRESSES.rows(connection, {"of_tenant": tenant_id, "of_user": user_id})]


def page(
    connection: Connection, tenant_id: str, wanted: ChallengeFilter, *, now: datetime, before: UUID | None, size: int
) -> list[ListedChallenge]:
    """Up to `size` challenges, newest first, older than `before`."""
    everything = select(challenges).where(challenges.c.tenant_id == tenant_id, *_common(wanted, before))
    ranges = [everything.where(*conditions) for conditions in _ranges(wanted, now)]
    if not ranges:
        return []
    found = connection.execute(_with_budgets(merged.newest(challenges, ranges, size).subquery(), now))
    return [ListedChallenge(Challenge.from_tuple(row[:-2]), row[-2] or 0, row[-1]) for row in found]


def _common(wanted: ChallengeFilter, before: UUID | None) -> Iterator[ColumnElement[bool]]:
    if before:
        yield challenges.c.id < before
    if wanted.user_id:
        yield or_(challenges.c.user_id == wanted.user_id, challenges.c.subject_id == wanted.user_id)


def _ranges(wanted: ChallengeFilter, now: datetime) -> Iterator[list[ColumnElement[bool] | TextClause]]:
    """One for each purpose and address. All there is, is one range of the primary key."""
    if wanted.any_purpose and not wanted.state and wanted.address_keys is None:
        yield []
        return
    for purpose, lifetime in wanted.lifetimes.items():
        of_purpose = [*_of_purpose(purpose), *_in_state(wanted.state, now, lifetime)]
        if wanted.address_keys is None:
            yield of_purpose
        for key in wanted.address_keys or ():
            yield [*of_purpose, challenges.c.address_key == key]


def _of_purpose(purpose: str) -> Iterator[ColumnElement[bool] | TextClause]:
    yield challenges.c.purpose == purpose
    if purpose != "sign_in":
        yield BUT_SIGN_IN  # word for word what its index says


def _in_state(state: str, now: datetime, lifetime: timedelta) -> Iterator[ColumnElement[bool]]:
    """What has expired, and what has not, is known by the time in the id, too: that bounds the range."""
    made = now - lifetime
    if state == "used":
        yield challenges.c.used_at.is_not(None)
    if state == "valid":
        yield and_(challenges.c.used_at.is_(None), challenges.c.expires_at > now)
        yield challenges.c.id >= lowest_id_of(made - _ID_MAY_DIFFER)
    if state == "expired":
        yield and_(challenges.c.used_at.is_(None), challenges.c.expires_at <= now)
        yield challenges.c.id < lowest_id_of(made + _ID_MAY_DIFFER)


def _with_budgets(found: Subquery, now: datetime) -> Select[Any]:
    kept = challenge_budgets.c
    of_challenge = and_(
        kept.tenant_id == found.c.tenant_id,
        kept.address_key == found.c.address_key,
        kept.purpose == found.c.purpose,
        kept.window_ends_at > now,
    )
    columns = [found.c[column.name] for column in Challenge.columns(challenges)]
    return (
        select(*columns, kept.attempts, kept.window_ends_at)
        .select_from(found.outerjoin(challenge_budgets, of_challenge))
        .order_by(found.c.id.desc())
    )
