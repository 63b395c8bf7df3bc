"""Refused calls in the audit trail: each is recorded, but whoever repeats them cannot fill the table."""

import time
from collections import Counter
from collections.abc import Callable
from threading import Lock
from uuid import UUID

import structlog

from identity_service.calls.audit import AuditTrail, Event
from identity_service.calls.call import Call
from identity_service.storage.database import Database

PERIOD_SECONDS = 600
MOST_ALIKE = 10
"""How many refusals of one event and reason, about one thing, to one IP address are recorded in a period."""
MOST_OF_TENANT = 5000
"""How many refusals of a tenant are recorded in a period, by each process."""

log = structlog.get_logger(__name__)
_Alike = tuple[str, ...]


class RefusalBound:
    """Counts what was recorded in this period, by tenant and by likeness."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = Lock()
        self._ends_at = 0.0
        self._alike: Counter[_Alike] = Counter()
        self._of_tenant: Counter[str] = Counter()

    def admits(self, tenant_id: str, alike: _Alike, most: int = MOST_ALIKE) -> bool:
        """Whether one more may be recorded, which is counted then."""
        with self._lock:
            self._begin_anew()
            if self._alike[tenant_id, *alike] >= most or self._of_tenant[tenant_id] >= MOST_OF_TENANT:
                return False
            self._alike[tenant_id, *alike] += 1
            self._of_tenant[tenant_id] += 1
            if self._of_tenant[tenant_id] == MOST_OF_TENANT:
                log.warning("audit_of_refusals_full", tenant_id=tenant_id, period_seconds=PERIOD_SECONDS)
            return True

    def _begin_anew(self) -> None:
        now = self._now()
        if now >= self._ends_at:
            self._ends_at = now + PERIOD_SECONDS
            self._alike.clear()
            self._of_tenant.clear()


class Refusals:
    """Records refused calls, outside of any transaction: theirs were rolled back."""

    def __init__(self, database: Database, audit: AuditTrail) -> None:
        self._database = database
        self._audit = audit
        self._bound = RefusalBound()

    def record(
        self,
        call: Call,
        event: Event,
        reason: str,
        *,
        about: str = "",
        user_id: UUID | None = None,
        subject_id: UUID | None = None,
        most: int = MOST_ALIKE,
    ) -> None:
        """Write that `event` was refused, unless enough like it were. `about` is the address or the like that the call
        named: it is not written, and must not depend on whether there is a user, or the bound would tell.
        """
        if not self._bound.admits(call.tenant_id, (event, reason, call.ip_address, about), most):
            return
        refusal = self._audit.event(call, event, user_id=user_id, subject_id=subject_id, refused_because=reason)
        with self._database.connect() as connection:
            self._audit.write(connection, refusal)
