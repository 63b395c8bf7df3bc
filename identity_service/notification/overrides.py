"""Tenants' own templates as delivery needs them: at hand in the process, compiled, a few seconds old at most."""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Protocol, TypeVar

import structlog

from identity_service.notification.kinds import Kind
from identity_service.notification.rendering.overrides.source import Override, OverrideSource
from identity_service.storage.database import Database
from identity_service.storage.errors import DatabaseUnavailable
from identity_service.storage.queries import templates as queries
from identity_service.storage.queries.templates import Slot

log = structlog.get_logger(__name__)

FRESH_SECONDS = 5.0
"""A change of a template has reached every process after so long."""
_MOST_TENANTS = 10_000
_MOST_COMPILED = 256

Key = TypeVar("Key")
Value = TypeVar("Value")
Compile = Callable[[Kind, OverrideSource, str], Override]


class Overrides(Protocol):
    """Looks up the template that a tenant has put in the place of ours."""

    def find(self, tenant_id: str, kind: Kind, user_type: str | None, language: str) -> Override | None:
        """The one for that user type, else the one for all; None where there is neither. Never raises."""


@dataclass(slots=True)
class _Kept:
    versions: Mapping[Slot, int]
    fresh_until: float


class OverrideDirectory:
    """Keeps which templates hold for a few seconds, and the compiled ones for as long as they are in use.

    Safe to share between threads. While the database is away, what was known last goes on holding.
    """

    def __init__(self, database: Database, compile_: Compile, now: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._compile = compile_
        self._now = now
        self._lock = Lock()
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._compiled: OrderedDict[tuple[str, Slot, int], Override | None] = OrderedDict()

    def find(self, tenant_id: str, kind: Kind, user_type: str | None, language: str) -> Override | None:
        """The one for that user type, else the one for all; None where there is neither. Never raises."""
        try:
            versions = self._versions(tenant_id)
            for slot in (Slot(kind, user_type or "", language), Slot(kind, "", language)):
                if slot in versions:
                    return self._override(tenant_id, slot, versions[slot])
        except DatabaseUnavailable:
            log.warning("template_overrides_unknown", tenant_id=tenant_id)
        return None

    def forget(self, tenant_id: str) -> None:
        """Look anew the next time: this process has changed one."""
        with self._lock:
            self._kept.pop(tenant_id, None)

    def _versions(self, tenant_id: str) -> Mapping[Slot, int]:
        kept = self._kept.get(tenant_id)
        if kept is not None and (kept.fresh_until > self._now() or not self._is_first_to_see(kept)):
            return kept.versions
        try:
            with self._database.connect() as connection:
                versions = queries.in_effect(connection, tenant_id)
        except DatabaseUnavailable:
            if kept is None:
                raise
            return kept.versions
        self._keep(self._kept, tenant_id, _Kept(versions, self._now() + FRESH_SECONDS), _MOST_TENANTS)
        return versions

    def _is_first_to_see(self, kept: _Kept) -> bool:
        """One thread looks anew; those that come meanwhile make do with what is known."""
        with self._lock:
            stale = kept.fresh_until <= self._now()
            kept.fresh_until = self._now() + FRESH_SECONDS
            return stale

    def _override(self, tenant_id: str, slot: Slot, version: int) -> Override | None:
        key = (tenant_id, slot, version)
        if key in self._compiled:
            return self._compiled.get(key)
        override = self._read(tenant_id, slot, version)
        self._keep(self._compiled, key, override, _MOST_COMPILED)
        return override

    def _read(self, tenant_id: str, slot: Slot, version: int) -> Override | None:
        with self._database.connect() as connection:
            row = queries.version(connection, tenant_id, slot, version)
        if row is None:
            return None
        source = OverrideSource(row.subject, row.html, row.text)
        try:
            return self._compile(Kind(slot.kind), source, f"{slot.kind}/{slot.user_type}/{slot.locale}@{version}")
        except ValueError:  # what an earlier release took, and this one does not
            log.exception("template_override_refused", tenant_id=tenant_id, kind=slot.kind, version=version)
            return None

    def _keep(self, kept: OrderedDict[Key, Value], key: Key, value: Value, most: int) -> None:
        with self._lock:
            kept[key] = value
            kept.move_to_end(key)
            while len(kept) > most:
                kept.popitem(last=False)
