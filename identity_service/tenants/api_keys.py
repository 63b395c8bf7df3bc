"""API keys: made, listed, changed, rotated and revoked by callers that hold at least as much themselves."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from identity_service.calls.audit import AuditTrail, Event
from identity_service.calls.call import Call
from identity_service.calls.once import Once
from identity_service.clock import Clock
from identity_service.errors import FieldViolation, InvalidInput
from identity_service.ids import new_id
from identity_service.storage.database import Database, Transaction
from identity_service.storage.queries import api_keys as queries
from identity_service.storage.queries import tenants
from identity_service.storage.rows import ApiKey
from identity_service.tenants import key_text
from identity_service.tenants.errors import ApiKeyNotActive, ApiKeyNotFound, TenantNotFound
from identity_service.tenants.key_directory import KeyDirectory
from identity_service.tenants.scopes import holdable, refuse_more


@dataclass(frozen=True, slots=True)
class Grant:
    """What a key is to be. Without `expires_at` it lasts until it is revoked."""

    name: str
    scopes: tuple[str, ...]
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """What of a key is to change; None leaves it. `expires` says whether `expires_at` counts."""

    name: str | None = None
    scopes: tuple[str, ...] | None = None
    expires: bool = False
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key with its text, which is shown this once and stored nowhere."""

    row: ApiKey
    text: str = field(repr=False)


class ApiKeys:
    """The journeys of ApiKeyService. `held` are the scopes of the caller: nobody hands on what they do not have."""

    def __init__(
        self, *, database: Database, once: Once, audit: AuditTrail, directory: KeyDirectory, clock: Clock
    ) -> None:
        self._database = database
        self._once = once
        self._audit = audit
        self._directory = directory
        self._now = clock

    def create(self, call: Call, held: frozenset[str], grant: Grant) -> NewKey:
        """Raises `ScopeNotHeld`, and `InvalidInput` for an expiry that is past."""
        self._once.refuse_repeated(call)
        refuse_more(grant.scopes, holdable(call.tenant_id, held))
        self._refuse_past(grant.expires_at)
        made = self._made(call, grant)
        return self._once.run_unkept(call, lambda transaction: self._add(transaction, call, made))

    def get(self, tenant_id: str, key_id: UUID) -> ApiKey:
        """Raises `ApiKeyNotFound`."""
        with self._database.connect() as connection:
            return _found(queries.by_id(connection, tenant_id, key_id))

    def page(self, tenant_id: str, *, with_ended: bool, before: UUID | None, size: int) -> list[ApiKey]:
        """Up to `size` keys of the tenant, newest first, older than `before`."""
        with self._database.connect() as connection:
            return queries.page(connection, tenant_id, with_ended=with_ended, before=before, size=size, now=self._now())

    def update(self, call: Call, held: frozenset[str], key_id: UUID, changes: Changes) -> ApiKey:
        """Raises `ApiKeyNotFound`, `ApiKeyNotActive`, `ScopeNotHeld`, and `InvalidInput` for an expiry that is past."""
        if self._once.answered(call, UUID) is None:
            self._refuse_past(changes.expires_at)
            self._once.run(call, UUID, lambda transaction: self._update(transaction, call, held, key_id, changes))
            self._directory.forget()
        return self.get(call.tenant_id, key_id)

    def rotate(
        self, call: Call, held: frozenset[str], key_id: UUID, *, overlap: timedelta, expires_at: datetime | None
    ) -> NewKey:
        """A new key like the old one, which ends after `overlap`. Without `expires_at` the new one lives as long as the
        old one was given. Raises `ApiKeyNotFound`, `ApiKeyNotActive`, `ScopeNotHeld` and `InvalidInput`."""
        self._once.refuse_repeated(call)
        self._refuse_past(expires_at)
        made = self._once.run_unkept(
            call, lambda transaction: self._rotate(transaction, call, held, key_id, overlap, expires_at)
        )
        self._directory.forget()
        return made

    def revoke(self, call: Call, key_id: UUID) -> ApiKey:
        """End a key; one that is revoked stays as it is. Raises `ApiKeyNotFound`."""
        if self._once.answered(call, UUID) is None:
            self._once.run(call, UUID, lambda transaction: self._revoke(transaction, call, key_id))
            self._directory.forget()
        return self.get(call.tenant_id, key_id)

    def _made(self, call: Call, grant: Grant) -> NewKey:
        text = key_text.new_key()
        row = ApiKey(
            tenant_id=call.tenant_id,
            id=new_id(),
            name=grant.name,
            fingerprint=key_text.fingerprint(text),
            hint=key_text.hint(text),
            scopes=sorted(set(grant.scopes)),
            created_by=call.actor,
            created_at=self._now(),
            expires_at=grant.expires_at,
        )
        return NewKey(row, text)

    def _add(self, transaction: Transaction, call: Call, made: NewKey, event: Event = Event.API_KEY_CREATED) -> NewKey:
        if tenants.by_id(transaction.connection, call.tenant_id) is None:
            raise TenantNotFound()
        queries.add(transaction.connection, made.row)
        self._record(transaction, call, event, made.row.id)
        return made

    def _update(
        self, transaction: Transaction, call: Call, held: frozenset[str], key_id: UUID, changes: Changes
    ) -> UUID:
        key = _found(queries.locked(transaction.connection, call.tenant_id, key_id))
        changed = _changed(key, changes)
        refuse_more(changed.scopes, holdable(call.tenant_id, held))
        if not queries.change(transaction.connection, changed, self._now()):
            raise ApiKeyNotActive()
        self._record(transaction, call, Event.API_KEY_UPDATED, key_id)
        return key_id

    def _rotate(
        self,
        transaction: Transaction,
        call: Call,
        held: frozenset[str],
        key_id: UUID,
        overlap: timedelta,
        expires_at: datetime | None,
    ) -> NewKey:
        now, key = self._now(), _found(queries.locked(transaction.connection, call.tenant_id, key_id))
        refuse_more(key.scopes, holdable(call.tenant_id, held))
        made = self._made(call, Grant(key.name, tuple(key.scopes), expires_at or _renewed(key, now)))
        ends_at = min(filter(None, (key.expires_at, now + overlap)))
        if not queries.rotate(transaction.connection, key, made.row.id, ends_at, now):
            raise ApiKeyNotActive()
        return self._add(transaction, call, made, Event.API_KEY_ROTATED)

    def _revoke(self, transaction: Transaction, call: Call, key_id: UUID) -> UUID:
        if queries.revoke(transaction.connection, call.tenant_id, key_id, self._now()):
            self._record(transaction, call, Event.API_KEY_REVOKED, key_id)
        else:
            _found(queries.by_id(transaction.connection, call.tenant_id, key_id))
        return key_id

    def _record(self, transaction: Transaction, call: Call, event: Event, key_id: UUID) -> None:
        self._audit.write(transaction.connection, self._audit.event(call, event, subject_id=key_id))

    def _refuse_past(self, expires_at: datetime | None) -> None:
        if expires_at is not None and expires_at <= self._now():
            raise InvalidInput([FieldViolation("expire_time", "must be in the future")])


def _found(key: ApiKey | None) -> ApiKey:
    if key is None:
        raise ApiKeyNotFound()
    return key


def _changed(key: ApiKey, changes: Changes) -> ApiKey:
    return replace(
        key,
        name=key.name if changes.name is None else changes.name,
        scopes=key.scopes if changes.scopes is None else sorted(set(changes.scopes)),
        expires_at=changes.expires_at if changes.expires else key.expires_at,
    )


def _renewed(key: ApiKey, now: datetime) -> datetime | None:
    return None if key.expires_at is None else now + (key.expires_at - key.created_at)
