"""The audit trail as callers see it: listed from the newest down, or followed as it grows."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

from identity_service.calls.errors import ResumeTokenInvalid, ServerStopping
from identity_service.storage.database import Database
from identity_service.storage.queries import audit as queries
from identity_service.storage.queries.audit import AuditPage
from identity_service.storage.queries.audit import EventFilter as EventFilter  # what callers ask for
from identity_service.storage.queries.audit import Position as Position
from identity_service.storage.queries.audit import Span as Span
from identity_service.storage.rows import AuditEvent

BEGINNING = queries.BEGINNING
WATCH_INTERVAL_SECONDS = 0.25
PROGRESS_SECONDS = 15
_BATCH = 200


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a watcher has come: everything it wants up to `position`. `event` is None where nothing new fits."""

    position: Position
    event: AuditEvent | None = None


class AuditReading:
    """The journeys of AuditService."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, tenant_id: str, wanted: EventFilter, span: Span, *, before: UUID | None, size: int) -> AuditPage:
        """Up to `size` events older than `before`, newest first."""
        with self._database.connect() as connection:
            return queries.page(connection, tenant_id, wanted, span, before=before, size=size)

    def watch(
        self,
        tenant_id: str,
        wanted: EventFilter,
        *,
        after: Position | None,
        goes_on: Callable[[], bool],
        stopping: threading.Event,
    ) -> Iterator[Progress]:
        """Every event after `after` exactly once, in the order in which they become visible; None: from now on.

        The first element holds no event, but where this watch begins. Ends when `goes_on` says that nobody watches any
        more. Raises `ResumeTokenInvalid` for a position that was never reached, and `ServerStopping`.
        """
        reached = told = self._beginning(tenant_id, after)
        told_at = time.monotonic()
        yield Progress(reached)
        while goes_on():
            batch = self._batch(tenant_id, reached)
            for reached, event in batch:
                if wanted.admits(event):
                    told, told_at = reached, time.monotonic()
                    yield Progress(reached, event)
            if reached != told and (len(batch) == _BATCH or time.monotonic() >= told_at + PROGRESS_SECONDS):
                told, told_at = reached, time.monotonic()
                yield Progress(reached)
            if stopping.wait(0 if len(batch) == _BATCH else WATCH_INTERVAL_SECONDS):
                raise ServerStopping()

    def _beginning(self, tenant_id: str, after: Position | None) -> Position:
        with self._database.connect() as connection:
            if after is None:
                return queries.newest_settled(connection, tenant_id)
            if not queries.is_possible(connection, after):
                raise ResumeTokenInvalid()
        return after

    def _batch(self, tenant_id: str, after: Position) -> list[tuple[Position, AuditEvent]]:
        with self._database.connect() as connection:
            return queries.settled_after(connection, tenant_id, after, most=_BATCH)
