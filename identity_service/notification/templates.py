"""Tenants' own templates: put, list, try out, delete. Each change is a version, and takes effect within seconds."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from identity_service.calls.audit import AuditTrail, Event
from identity_service.calls.call import Call
from identity_service.calls.errors import Conflict
from identity_service.calls.once import Once
from identity_service.clock import Clock
from identity_service.errors import FieldViolation, InvalidInput
from identity_service.ids import new_id
from identity_service.notification.errors import TemplateNotTaken, TemplateOverrideNotFound, TooManyTemplates
from identity_service.notification.kinds import Kind
from identity_service.notification.mails import Brands
from identity_service.notification.overrides import OverrideDirectory
from identity_service.notification.rendering.overrides.checking import with_any_data
from identity_service.notification.rendering.overrides.refusal import TemplateRefused
from identity_service.notification.rendering.overrides.source import OverrideSource
from identity_service.notification.rendering.rendered import RenderedMail
from identity_service.notification.rendering.renderer import Renderer
from identity_service.storage.database import Database, Transaction
from identity_service.storage.errors import RowConflict
from identity_service.storage.queries import templates as queries
from identity_service.storage.queries.templates import Filter as Filter  # what callers ask for
from identity_service.storage.queries.templates import Slot as Slot
from identity_service.storage.rows import TemplateOverride

MOST_TEMPLATES = 500
"""How many templates of its own a tenant may have in effect."""
KEPT_VERSIONS = 20
"""How many versions of a template are kept; older ones go."""
_EMPTY = OverrideSource("", "", "")


@dataclass(frozen=True, slots=True)
class WrittenVersion:
    """A version that was written, a deletion perhaps."""

    id: UUID
    version: int
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class Preview:
    """A mail with sample values, and the tenant's own template that it is made of; None: it is made of ours."""

    mail: RenderedMail
    override: TemplateOverride | None


class Templates:
    """The journeys of TemplateService."""

    def __init__(
        self,
        *,
        database: Database,
        once: Once,
        audit: AuditTrail,
        directory: OverrideDirectory,
        renderer: Callable[[], Renderer],
        brands: Brands,
        clock: Clock,
    ) -> None:
        self._database = database
        self._once = once
        self._audit = audit
        self._directory = directory
        self._renderer = renderer
        self._brands = brands
        self._now = clock

    @property
    def locales(self) -> list[str]:
        """The languages that there are templates in."""
        return list(self._renderer().languages)

    def page(self, tenant_id: str, wanted: Filter, *, before: UUID | None, size: int) -> list[TemplateOverride]:
        """Up to `size` of the tenant's own templates, those put last first, older than `before`."""
        with self._database.connect() as connection:
            return queries.page(connection, tenant_id, wanted, before=before, size=size)

    def preview(self, tenant_id: str, slot: Slot, draft: OverrideSource | None = None, version: int = 0) -> Preview:
        """A mail of that draft, else of that version, else of the template in effect, which may be ours.

        Raises `TemplateNotTaken` for a draft that could not be put, and `TemplateOverrideNotFound`.
        """
        self._require_language(slot)
        if draft is not None:
            self._check(tenant_id, slot, draft)
            return Preview(self._rendered(tenant_id, slot, draft), None)
        stored = self._stored(tenant_id, slot, version)
        source = OverrideSource(stored.subject, stored.html, stored.text) if stored else None
        if source is not None:
            self._check(tenant_id, slot, source)  # an earlier release may have taken what this one does not
        return Preview(self._rendered(tenant_id, slot, source), stored)

    def put(self, call: Call, slot: Slot, source: OverrideSource) -> WrittenVersion:
        """Let a template hold from now on. Raises `TemplateNotTaken`, `TooManyTemplates` and `Conflict`."""
        if answer := self._once.answered(call, WrittenVersion):
            return answer
        self._require_language(slot)
        self._check(call.tenant_id, slot, source)
        return self._written(call, slot, source)

    def delete(self, call: Call, slot: Slot) -> WrittenVersion:
        """Let ours hold again, or for a user type the one for all. Raises `TemplateOverrideNotFound`, `Conflict`."""
        return self._once.answered(call, WrittenVersion) or self._written(call, slot, None)

    def _written(self, call: Call, slot: Slot, source: OverrideSource | None) -> WrittenVersion:
        try:
            return self._once.run(
                call, WrittenVersion, lambda transaction: self._write(transaction, call, slot, source)
            )
        except RowConflict:
            raise Conflict() from None

    def _write(self, transaction: Transaction, call: Call, slot: Slot, source: OverrideSource | None) -> WrittenVersion:
        connection = transaction.connection
        newest = queries.newest(connection, call.tenant_id, slot)
        is_there = newest is not None and not newest.deleted
        if source is None and not is_there:
            raise TemplateOverrideNotFound()
        if not is_there and queries.count(connection, call.tenant_id) >= MOST_TEMPLATES:
            raise TooManyTemplates()
        row = self._row(call, slot, source, newest.version + 1 if newest else 1)
        queries.add(connection, row)
        queries.forget_old(connection, call.tenant_id, slot, up_to=row.version - KEPT_VERSIONS)
        event = Event.TEMPLATE_PUT if source else Event.TEMPLATE_DELETED
        self._audit.write(connection, self._audit.event(call, event, subject_id=row.id))
        transaction.after_commit(lambda: self._directory.forget(call.tenant_id))
        return WrittenVersion(row.id, row.version, row.created_at, row.created_by)

    def _row(self, call: Call, slot: Slot, source: OverrideSource | None, version: int) -> TemplateOverride:
        written = source or _EMPTY
        return TemplateOverride(
            tenant_id=call.tenant_id,
            id=new_id(),
            kind=slot.kind,
            user_type=slot.user_type,
            locale=slot.locale,
            version=version,
            deleted=source is None,
            subject=written.subject,
            html=written.html,
            text=written.text,
            created_at=self._now(),
            created_by=call.actor,
        )

    def _stored(self, tenant_id: str, slot: Slot, version: int) -> TemplateOverride | None:
        with self._database.connect() as connection:
            if version:
                found = queries.version(connection, tenant_id, slot, version)
            else:
                for_all = Slot(slot.kind, "", slot.locale)
                of_type = queries.newest(connection, tenant_id, slot)
                found = of_type if of_type and not of_type.deleted else queries.newest(connection, tenant_id, for_all)
        if version and (found is None or found.deleted):
            raise TemplateOverrideNotFound()
        return found if found and not found.deleted else None

    def _rendered(self, tenant_id: str, slot: Slot, source: OverrideSource | None) -> RenderedMail:
        renderer, kind = self._renderer(), Kind(slot.kind)
        override = renderer.compile(kind, source) if source else None
        sample = with_any_data(renderer.sample(kind, slot.locale))
        return renderer.render(kind, slot.locale, sample, self._brands(tenant_id), override=override)

    def _check(self, tenant_id: str, slot: Slot, source: OverrideSource) -> None:
        try:
            self._renderer().check(Kind(slot.kind), slot.locale, source, self._brands(tenant_id))
        except TemplateRefused as refusal:
            raise TemplateNotTaken([FieldViolation(refusal.field, refusal.why)]) from None

    def _require_language(self, slot: Slot) -> None:
        if slot.locale not in self._renderer().languages:
            raise InvalidInput([FieldViolation("locale", f"must be one of {', '.join(self.locales)}")])
