"""The profile of every tenant, at hand in the process: asking for it costs no query in the steady state."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from identity_service.storage.database import Database
from identity_service.storage.errors import DatabaseUnavailable
from identity_service.storage.queries import tenants as queries
from identity_service.tenants.profile import TenantProfile

FRESH_SECONDS = 5.0
"""A change of a tenant's profile has reached every process after so long."""
_MOST = 10_000


@dataclass(slots=True)
class _Kept:
    profile: TenantProfile
    fresh_until: float


class TenantDirectory:
    """Looks profiles up, and keeps each for a few seconds. Safe to share between threads.

    A tenant without a row has the defaults. While the database is away, what was known last goes on holding.
    """

    def __init__(self, database: Database, defaults: TenantProfile, now: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._defaults = defaults
        self._now = now
        self._lock = Lock()
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    @property
    def defaults(self) -> TenantProfile:
        """What the settings say."""
        return self._defaults

    def get(self, tenant_id: str) -> TenantProfile:
        """The tenant's profile. Raises `DatabaseUnavailable` for one that was never seen."""
        kept = self._kept.get(tenant_id)
        if kept is None:
            return self._keep(tenant_id, self._read(tenant_id))
        if kept.fresh_until > self._now() or not self._is_first_to_see(kept):
            return kept.profile
        try:
            return self._keep(tenant_id, self._read(tenant_id))
        except DatabaseUnavailable:
            return kept.profile

    def forget(self, tenant_id: str) -> None:
        """Look it up anew the next time: it was changed by this process."""
        with self._lock:
            self._kept.pop(tenant_id, None)

    def _is_first_to_see(self, kept: _Kept) -> bool:
        """One call looks it up again; those that come meanwhile make do with what is known."""
        with self._lock:
            stale = kept.fresh_until <= self._now()
            kept.fresh_until = self._now() + FRESH_SECONDS
            return stale

    def _read(self, tenant_id: str) -> TenantProfile:
        with self._database.connect() as connection:
            found = queries.by_id(connection, tenant_id)
        return self._defaults.changed(found.profile) if found else self._defaults

    def _keep(self, tenant_id: str, profile: TenantProfile) -> TenantProfile:
        with self._lock:
            self._kept[tenant_id] = _Kept(profile, self._now() + FRESH_SECONDS)
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        return profile
