"""Who does not want which mail, and which addresses get none; and the same as a condition for other statements."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    String,
    and_,
    bindparam,
    case,
    column,
    delete,
    literal,
    select,
    text,
)

from identity_service.storage.prepared import Prepared
from identity_service.storage.rows import Suppression, SuppressionReason
from identity_service.storage.tables import opt_outs, suppressions
from identity_service.storage.tables.columns import Time

_tenant: BindParameter[Any] = bindparam("of_tenant")
_user: BindParameter[Any] = bindparam("of_user")
_of_all_mail = suppressions.c.category == ""

_OPTED_OUT = Prepared(
    select(opt_outs.c.category)
    .where(opt_outs.c.tenant_id == _tenant, opt_outs.c.user_id == _user)
    .order_by(opt_outs.c.category)
)
_OPT_OUT = Prepared(
    text("""
    INSERT INTO opt_outs (tenant_id, user_id, category, created_at)
    VALUES (:of_tenant, :of_user, :of_category, :now)
    ON CONFLICT DO NOTHING RETURNING category
    """)
    .bindparams(bindparam("of_user", type_=opt_outs.c.user_id.type), bindparam("now", type_=Time))
    .columns(column("category"))
)
_OPT_IN = Prepared(
    delete(opt_outs).where(
        opt_outs.c.tenant_id == _tenant, opt_outs.c.user_id == _user, opt_outs.c.category == bindparam("of_category")
    )
)
_SUPPRESS = Prepared(
    text("""
    INSERT INTO suppressions (tenant_id, id, email, address_key, category, reason, note, created_at)
    VALUES (:tenant_id, :id, :email, :address_key, :category, :reason, :note, :created_at)
    ON CONFLICT (tenant_id, address_key, category) DO UPDATE SET reason = excluded.reason, note = excluded.note
    WHERE excluded.category = '' AND excluded.reason = 'hard_bounce' AND suppressions.reason <> 'hard_bounce'
    RETURNING id
    """)
    .bindparams(bindparam("id", type_=suppressions.c.id.type), bindparam("created_at", type_=Time))
    .columns(suppressions.c.id)
)
_this_suppression = (suppressions.c.tenant_id == _tenant, suppressions.c.id == bindparam("of_id"))
_SUPPRESSION = Prepared(select(*Suppression.columns(suppressions)).where(*_this_suppression))
_REMOVE_SUPPRESSION = Prepared(
    delete(suppressions).where(*_this_suppression).returning(*Suppression.columns(suppressions))
)


class Refusal(StrEnum):
    """Why mail of some category must not go to somebody."""

    HARD_BOUNCE = "hard_bounce"
    SUPPRESSED = "suppressed"
    OPTED_OUT = "opted_out"
    INACTIVE = "inactive"
    """Not told by `refusal`: see `batches.claim`."""


@dataclass(frozen=True, slots=True)
class SuppressionFilter:
    """Which suppressions to list; an empty part does not restrict."""

    address_key: str | None = None
    category: str | None = None
    reasons: tuple[str, ...] = ()


def opted_out(connection: Connection, tenant_id: str, user_id: UUID) -> list[str]:
    """The categories that the user does not want, in the order of their names."""
    rows = _OPTED_OUT.rows(connection, {"of_tenant": tenant_id, "of_user": user_id})
    return [row[0] for row in rows]


def opt_out(connection: Connection, tenant_id: str, user_id: UUID, categories: Iterable[str], now: datetime) -> bool:
    """Whether that was new for one of the categories."""
    of_user = {"of_tenant": tenant_id, "of_user": user_id, "now": now}
    new = [_OPT_OUT.first(connection, of_user | {"of_category": category}) for category in categories]
    return any(new)


def opt_in(connection: Connection, tenant_id: str, user_id: UUID, categories: Iterable[str]) -> bool:
    """Whether one of the categories had been refused."""
    of_user = {"of_tenant": tenant_id, "of_user": user_id}
    removed = [_OPT_IN.run(connection, of_user | {"of_category": category}) for category in categories]
    return any(removed)


def suppress(connection: Connection, suppression: Suppression) -> UUID | None:
    """The id of its row; None, and nothing is written, when the address is suppressed for that category already.

    A hard bounce without a category stops more mail than any other reason, and takes over the row of one.
    """
    row = _SUPPRESS.first(connection, suppression.values())
    return row[0] if row else None


def suppression(connection: Connection, tenant_id: str, suppression_id: UUID) -> Suppression | None:
    row = _SUPPRESSION.first(connection, {"of_tenant": tenant_id, "of_id": suppression_id})
    return Suppression.from_tuple(row) if row else None


def remove_suppression(connection: Connection, tenant_id: str, suppression_id: UUID) -> Suppression | None:
    """The suppression that was; None when there was none."""
    row = _REMOVE_SUPPRESSION.first(connection, {"of_tenant": tenant_id, "of_id": suppression_id})
    return Suppression.from_tuple(row) if row else None


def suppression_page(
    connection: Connection, tenant_id: str, wanted: SuppressionFilter, *, before: UUID | None, size: int
) -> list[Suppression]:
    """Up to `size` suppressions, newest first, older than `before`."""
    statement = (
        select(*Suppression.columns(suppressions))
        .where(suppressions.c.tenant_id == tenant_id, *_conditions(wanted, before))
        .order_by(suppressions.c.id.desc())
        .limit(size)
    )
    return [Suppression.from_tuple(row) for row in connection.execute(statement)]


def _conditions(wanted: SuppressionFilter, before: UUID | None) -> Iterator[ColumnElement[bool]]:
    if wanted.address_key is not None:
        yield suppressions.c.address_key == wanted.address_key
    if wanted.category is not None:
        yield suppressions.c.category == wanted.category
    if wanted.reasons:
        yield suppressions.c.reason.in_(wanted.reasons)
    if before:
        yield suppressions.c.id < before


# For statements that choose whom to write to. Each takes the columns or parameters that name the recipient.


def refusal_of_address(tenant_id: Any, address_key: Any) -> ColumnElement[str | None]:
    """Why nothing must go to the address: `hard_bounce`, or `suppressed` for all but security mail; NULL otherwise."""
    return case(
        (_is_unreachable(tenant_id, address_key), literal(Refusal.HARD_BOUNCE, String)),
        (_is_suppressed(tenant_id, address_key, _of_all_mail), literal(Refusal.SUPPRESSED, String)),
        else_=None,
    )


def refusal(tenant_id: Any, address_key: Any, user_id: Any, category: Any) -> ColumnElement[str | None]:
    """Why mail of that category must not go there: `hard_bounce`, `suppressed` or `opted_out`; NULL if it may."""
    of_category = suppressions.c.category.in_(["", category])
    declined = (
        select(literal(1))
        .where(opt_outs.c.tenant_id == tenant_id, opt_outs.c.user_id == user_id, opt_outs.c.category == category)
        .correlate_except(opt_outs)
        .exists()
    )
    return case(
        (_is_unreachable(tenant_id, address_key), literal(Refusal.HARD_BOUNCE, String)),
        (_is_suppressed(tenant_id, address_key, of_category), literal(Refusal.SUPPRESSED, String)),
        (declined, literal(Refusal.OPTED_OUT, String)),
        else_=None,
    )


def _is_unreachable(tenant_id: Any, address_key: Any) -> ColumnElement[bool]:
    """Whether the address bounced for good, so that no mail at all can arrive."""
    for_good = and_(_of_all_mail, suppressions.c.reason == SuppressionReason.HARD_BOUNCE)
    return _is_suppressed(tenant_id, address_key, for_good)


def _is_suppressed(tenant_id: Any, address_key: Any, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return (
        select(literal(1))
        .where(suppressions.c.tenant_id == tenant_id, suppressions.c.address_key == address_key, condition)
        .correlate_except(suppressions)
        .exists()
    )
