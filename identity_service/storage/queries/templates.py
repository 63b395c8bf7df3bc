"""Templates of a tenant's own: every version, and which of them hold."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, bindparam, delete, exists, func, insert, select
from sqlalchemy.exc import IntegrityError

from identity_service.storage.errors import RowConflict
from identity_service.storage.prepared import Prepared
from identity_service.storage.rows import TemplateOverride
from identity_service.storage.tables import template_overrides

_table = template_overrides.c
_newer = template_overrides.alias("newer")
_is_newest = ~exists().where(
    _newer.c.tenant_id == _table.tenant_id,
    _newer.c.kind == _table.kind,
    _newer.c.user_type == _table.user_type,
    _newer.c.locale == _table.locale,
    _newer.c.version > _table.version,
)
_same = (
    _table.tenant_id == bindparam("of_tenant"),
    _table.kind == bindparam("of_kind"),
    _table.user_type == bindparam("of_user_type"),
    _table.locale == bindparam("of_locale"),
)
_row = TemplateOverride.columns(template_overrides)

_INSERT = Prepared(insert(template_overrides))
_NEWEST = Prepared(select(*_row).where(*_same).order_by(_table.version.desc()).limit(1))
_VERSION = Prepared(select(*_row).where(*_same, _table.version == bindparam("of_version")))
_FORGET_OLD = Prepared(delete(template_overrides).where(*_same, _table.version <= bindparam("up_to")))
_IN_EFFECT = Prepared(
    select(_table.kind, _table.user_type, _table.locale, _table.version).where(
        _table.tenant_id == bindparam("of_tenant"), _table.deleted.is_(False), _is_newest
    )
)
_COUNT = Prepared(
    select(func.count()).where(_table.tenant_id == bindparam("of_tenant"), _table.deleted.is_(False), _is_newest)
)


class Slot(NamedTuple):
    """What one template is for: a kind, a user type (empty: all) and a language."""

    kind: str
    user_type: str
    locale: str


@dataclass(frozen=True, slots=True)
class Filter:
    """Which templates to list; an empty part does not restrict. Older versions and deletions only if asked for."""

    kinds: tuple[str, ...] = ()
    user_type: str | None = None
    locale: str = ""
    history: bool = False


def add(connection: Connection, override: TemplateOverride) -> None:
    """Raises `RowConflict` when that version has been written meanwhile."""
    try:
        _INSERT.run(connection, override.values())
    except IntegrityError as error:
        raise RowConflict("template_overrides") from error


def newest(connection: Connection, tenant_id: str, slot: Slot) -> TemplateOverride | None:
    """The last version, which may be a deletion."""
    row = _NEWEST.first(connection, _of(tenant_id, slot))
    return TemplateOverride.from_tuple(row) if row else None


def version(connection: Connection, tenant_id: str, slot: Slot, number: int) -> TemplateOverride | None:
    row = _VERSION.first(connection, _of(tenant_id, slot) | {"of_version": number})
    return TemplateOverride.from_tuple(row) if row else None


def forget_old(connection: Connection, tenant_id: str, slot: Slot, *, up_to: int) -> None:
    """Delete the versions up to that one."""
    _FORGET_OLD.run(connection, _of(tenant_id, slot) | {"up_to": up_to})


def in_effect(connection: Connection, tenant_id: str) -> dict[Slot, int]:
    """The version that holds, for everything that has one."""
    rows = _IN_EFFECT.rows(connection, {"of_tenant": tenant_id})
    return {Slot(kind, user_type, locale): number for kind, user_type, locale, number in rows}


def count(connection: Connection, tenant_id: str) -> int:
    """How many templates hold."""
    found: int = _COUNT.first(connection, {"of_tenant": tenant_id})[0]
    return found


def page(
    connection: Connection, tenant_id: str, wanted: Filter, *, before: UUID | None, size: int
) -> list[TemplateOverride]:
    """Up to `size` templates, those put last first, older than `before`."""
    statement = (
        select(*_row)
        .where(_table.tenant_id == tenant_id, *_conditions(wanted, before))
        .order_by(_table.id.desc())
        .limit(size)
    )
    return [TemplateOverride.from_tuple(row) for row in connection.execute(statement)]


def _conditions(wanted: Filter, before: UUID | None) -> Iterator[ColumnElement[bool]]:
    if not wanted.history:
        yield _is_newest
        yield _table.deleted.is_(False)
    if wanted.kinds:
        yield _table.kind.in_(wanted.kinds)
    if wanted.user_type is not None:
        yield _table.user_type == wanted.user_type
    if wanted.locale:
        yield _table.locale == wanted.locale
    if before:
        yield _table.id < before


def _of(tenant_id: str, slot: Slot) -> dict[str, Any]:
    return {
        "of_tenant": tenant_id,
        "of_kind": slot.kind,
        "of_user_type": slot.user_type,
        "of_locale": slot.locale,
    }
