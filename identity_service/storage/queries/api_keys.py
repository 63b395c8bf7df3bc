"""API keys."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Connection, bindparam, func, insert, or_, select, update

from identity_service.storage.prepared import Prepared
from identity_service.storage.rows import ApiKey
from identity_service.storage.tables import api_keys
from identity_service.storage.tables.columns import Json, Time

_now: BindParameter[Any] = bindparam("now", type_=Time)
_of_id = (api_keys.c.tenant_id == bindparam("of_tenant"), api_keys.c.id == bindparam("of_id"))
_columns = ApiKey.columns(api_keys)
_has_not_expired = or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > _now)
_is_active = (api_keys.c.revoked_at.is_(None), api_keys.c.successor_id.is_(None), _has_not_expired)
_newest_first = (
    select(*_columns)
    .where(api_keys.c.tenant_id == bindparam("of_tenant"), api_keys.c.id < bindparam("before_id"))
    .order_by(api_keys.c.id.desc())
    .limit(bindparam("size"))
)

_INSERT = Prepared(insert(api_keys))
_BY_FINGERPRINT = Prepared(select(*_columns).where(api_keys.c.fingerprint == bindparam("of_fingerprint")))
_BY_ID = Prepared(select(*_columns).where(*_of_id))
_LOCKED = Prepared(select(*_columns).where(*_of_id).with_for_update())
_PAGE = Prepared(_newest_first)
_PAGE_OF_LIVE = Prepared(_newest_first.where(api_keys.c.revoked_at.is_(None), _has_not_expired))
_COUNT_LIVE = Prepared(
    select(func.count()).select_from(api_keys).where(api_keys.c.revoked_at.is_(None), _has_not_expired)
)
_CHANGE = Prepared(
    update(api_keys)
    .where(*_of_id, *_is_active)
    .values(
        name=bindparam("new_name"),
        scopes=bindparam("new_scopes", type_=Json),
        expires_at=bindparam("new_expires_at", type_=Time),
    )
)
_ROTATE = Prepared(
    update(api_keys)
    .where(*_of_id, *_is_active)
    .values(successor_id=bindparam("new_id"), expires_at=bindparam("new_expires_at", type_=Time))
)
_REVOKE = Prepared(update(api_keys).where(*_of_id, api_keys.c.revoked_at.is_(None)).values(revoked_at=_now))
_USED = Prepared(
    update(api_keys)
    .where(*_of_id, or_(api_keys.c.last_used_at.is_(None), api_keys.c.last_used_at < bindparam("before", type_=Time)))
    .values(last_used_at=_now)
)
_AFTER_ALL = UUID(int=2**128 - 1)


def add(connection: Connection, key: ApiKey) -> None:
    _INSERT.run(connection, key.values())


def by_fingerprint(connection: Connection, fingerprint: bytes) -> ApiKey | None:
    """The key, of whichever tenant: it is what says whose the call is."""
    row = _BY_FINGERPRINT.first(connection, {"of_fingerprint": fingerprint})
    return ApiKey.from_tuple(row) if row else None


def by_id(connection: Connection, tenant_id: str, key_id: UUID) -> ApiKey | None:
    row = _BY_ID.first(connection, {"of_tenant": tenant_id, "of_id": key_id})
    return ApiKey.from_tuple(row) if row else None


def locked(connection: Connection, tenant_id: str, key_id: UUID) -> ApiKey | None:
    """The same, to be changed: nobody else changes it before the transaction ends."""
    row = _LOCKED.first(connection, {"of_tenant": tenant_id, "of_id": key_id})
    return ApiKey.from_tuple(row) if row else None


def page(
    connection: Connection, tenant_id: str, *, with_ended: bool, before: UUID | None, size: int, now: datetime
) -> list[ApiKey]:
    """Up to `size` keys, newest first, older than `before`."""
    parameters: dict[str, Any] = {"of_tenant": tenant_id, "before_id": before or _AFTER_ALL, "size": size}
    if with_ended:
        return [ApiKey.from_tuple(row) for row in _PAGE.rows(connection, parameters)]
    return [ApiKey.from_tuple(row) for row in _PAGE_OF_LIVE.rows(connection, parameters | {"now": now})]


def count_live(connection: Connection, now: datetime) -> int:
    """How many keys work, of all tenants together."""
    return int(_COUNT_LIVE.first(connection, {"now": now})[0])


def change(connection: Connection, changed: ApiKey, now: datetime) -> bool:
    """Write name, scopes and expiry; False if the key is not active."""
    parameters = {
        "of_tenant": changed.tenant_id,
        "of_id": changed.id,
        "new_name": changed.name,
        "new_scopes": changed.scopes,
        "new_expires_at": changed.expires_at,
        "now": now,
    }
    return _CHANGE.run(connection, parameters) == 1


def rotate(connection: Connection, key: ApiKey, successor_id: UUID, expires_at: datetime, now: datetime) -> bool:
    """Let the key end, and name what comes after it; False if the key is not active."""
    parameters = {
        "of_tenant": key.tenant_id,
        "of_id": key.id,
        "new_id": successor_id,
        "new_expires_at": expires_at,
        "now": now,
    }
    return _ROTATE.run(connection, parameters) == 1


def revoke(connection: Connection, tenant_id: str, key_id: UUID, now: datetime) -> bool:
    """False if there is no such key, or it was revoked before."""
    return _REVOKE.run(connection, {"of_tenant": tenant_id, "of_id": key_id, "now": now}) == 1


def used(connection: Connection, tenant_id: str, key_id: UUID, *, now: datetime, before: datetime) -> None:
    """Note that the key was used, unless it was noted after `before`."""
    _USED.run(connection, {"of_tenant": tenant_id, "of_id": key_id, "now": now, "before": before})
