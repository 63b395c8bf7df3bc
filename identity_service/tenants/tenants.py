"""Tenants: made, listed, and changed in what they have of their own. An operator's business."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from identity_service.calls.audit import AuditTrail, Event
from identity_service.calls.call import Call
from identity_service.calls.once import Once
from identity_service.clock import Clock
from identity_service.errors import FieldViolation, InvalidInput
from identity_service.storage.database import Database, Transaction
from identity_service.storage.errors import RowConflict
from identity_service.storage.queries import tenants as queries
from identity_service.storage.rows import Tenant
from identity_service.tenants.directory import TenantDirectory
from identity_service.tenants.errors import TenantExists, TenantNotFound
from identity_service.tenants.profile import CONTRACT_PATHS, DISPLAY_NAME

Check = Callable[[Any], object]
"""Raises `ValueError`, which says what is wrong with a value."""

Changes = Mapping[str, Any]
"""New values by field: of `TenantProfile`, or `DISPLAY_NAME`. None: inherited from now on."""


class Tenants:
    """The journeys of TenantService. `checks` judge the fields that not every text is good for.

    Of a mutating call only the tenant's id is kept: a repeated one is answered with the tenant as it is by then.
    """

    def __init__(
        self,
        *,
        database: Database,
        once: Once,
        audit: AuditTrail,
        directory: TenantDirectory,
        checks: Mapping[str, Check],
        clock: Clock,
    ) -> None:
        self._database = database
        self._once = once
        self._audit = audit
        self._directory = directory
        self._checks = checks
        self._now = clock

    def create(self, call: Call, tenant_id: str, changes: Changes) -> Tenant:
        """Raises `TenantExists`, and `InvalidInput` naming each field that is wrong."""
        if self._once.answered(call, str) is None:
            self._refuse_wrong(changes)
            now = self._now()
            made = _changed(Tenant(tenant_id, "", {}, now, now), changes)
            self._once.run(call, str, lambda transaction: self._add(transaction, call, made))
            self._directory.forget(tenant_id)
        return self.get(tenant_id)

    def get(self, tenant_id: str) -> Tenant:
        """Raises `TenantNotFound`."""
        with self._database.connect() as connection:
            return _found(queries.by_id(connection, tenant_id))

    def page(self, *, after: str, size: int) -> list[Tenant]:
        """Up to `size` tenants in the order of their ids, behind `after`."""
        with self._database.connect() as connection:
            return queries.page(connection, after=after, size=size)

    def update(self, call: Call, tenant_id: str, changes: Changes) -> Tenant:
        """Raises `TenantNotFound`, and `InvalidInput` naming each field that is wrong."""
        if self._once.answered(call, str) is None:
            self._refuse_wrong(changes)
            self._once.run(call, str, lambda transaction: self._change(transaction, call, tenant_id, changes))
            self._directory.forget(tenant_id)
        return self.get(tenant_id)

    def _add(self, transaction: Transaction, call: Call, made: Tenant) -> str:
        try:
            queries.add(transaction.connection, made)
        except RowConflict:
            raise TenantExists() from None
        self._record(transaction, call, Event.TENANT_CREATED, made.id)
        return made.id

    def _change(self, transaction: Transaction, call: Call, tenant_id: str, changes: Changes) -> str:
        connection = transaction.connection
        changed = _changed(_found(queries.locked(connection, tenant_id)), changes)
        queries.change(connection, tenant_id, changed.display_name, changed.profile, self._now())
        self._record(transaction, call, Event.TENANT_UPDATED, tenant_id)
        return tenant_id

    def _record(self, transaction: Transaction, call: Call, event: Event, tenant_id: str) -> None:
        """In the trail of the tenant that it is about: who changed us, and when?"""
        about = replace(call, tenant_id=tenant_id)
        self._audit.write(transaction.connection, self._audit.event(about, event))

    def _refuse_wrong(self, changes: Changes) -> None:
        if wrong := list(self._wrong(changes)):
            raise InvalidInput(wrong)

    def _wrong(self, changes: Changes) -> Iterator[FieldViolation]:
        for field, value in changes.items():
            if value is not None and field in self._checks:
                try:
                    self._checks[field](value)
                except ValueError as error:
                    yield FieldViolation(f"profile.{CONTRACT_PATHS[field]}", str(error))


def _changed(tenant: Tenant, changes: Changes) -> Tenant:
    profile = {**tenant.profile, **changes}
    name = profile.pop(DISPLAY_NAME, tenant.display_name)
    return replace(
        tenant,
        display_name=name or "",
        profile={field: value for field, value in profile.items() if value is not None},
    )


def _found(tenant: Tenant | None) -> Tenant:
    if tenant is None:
        raise TenantNotFound()
    return tenant
