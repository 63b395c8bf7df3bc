"""Who holds an API key: asked at every call, so it is kept at hand for a few seconds.

A key that is revoked or changed goes on for at most that long, in every process. Its expiry holds to the moment.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Generic, TypeVar
from uuid import UUID

import structlog

from identity_service.clock import Clock
from identity_service.storage.database import Database
from identity_service.storage.errors import DatabaseUnavailable
from identity_service.storage.queries import api_keys as queries
from identity_service.storage.rows import ApiKey
from identity_service.tenants.key_text import fingerprint, is_key
from identity_service.tenants.scopes import holdable

FRESH_SECONDS = 5.0
"""A revocation has reached every process after so long."""
USE_NOTED_EVERY = timedelta(minutes=1)
MOST_KNOWN = 10_000
MOST_UNKNOWN = 10_000
"""Wrong keys have a place of their own: however many are tried, they push no right one out."""

log = structlog.get_logger(__name__)
Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Whose key it is, and what it may do. `is_over` before any of it is believed."""

    tenant_id: str
    key_id: UUID
    label: str
    """How the audit trail and the log call it: `name/id`, because names may be given twice."""
    scopes: frozenset[str]
    expires_at: datetime | None
    is_revoked: bool

    def is_over(self, now: datetime) -> bool:
        """Whether it is revoked, or expired to the moment."""
        return self.is_revoked or (self.expires_at is not None and self.expires_at <= now)


class KeyDirectory:
    """Looks keys up, and keeps what it found: also that there is no such key. Safe to share between threads."""

    def __init__(self, database: Database, clock: Clock, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._known = _Fresh[KeyHolder](MOST_KNOWN, monotonic)
        self._unknown = _Fresh[None](MOST_UNKNOWN, monotonic)

    def holder(self, key: str) -> KeyHolder | None:
        """Who holds the key, even if it is over; None if nobody does. Raises `DatabaseUnavailable`."""
        digest = fingerprint(key)
        kept = self._known.get(digest)
        if kept is not None:
            return kept[0]
        if not is_key(key) or self._unknown.get(digest) is not None:
            return None
        return self._look_up(digest)

    def forget(self) -> None:
        """Look all of them up anew: one was changed by this process."""
        self._known.clear()

    def _look_up(self, digest: bytes) -> KeyHolder | None:
        with self._database.connect() as connection:
            found = queries.by_fingerprint(connection, digest)
        if found is None:
            self._unknown.keep(digest, None)
            return None
        holder = _holder(found)
        self._known.keep(digest, holder)
        if not holder.is_over(self._clock()):
            self._note_use(found)
        return holder

    def _note_use(self, key: ApiKey) -> None:
        """When a key was last used is good to know, but no reason to refuse a call."""
        now = self._clock()
        before = now - USE_NOTED_EVERY
        if key.last_used_at is not None and key.last_used_at >= before:
            return
        try:
            with self._database.connect() as connection:
                queries.used(connection, key.tenant_id, key.id, now=now, before=before)
        except DatabaseUnavailable:
            log.warning("api_key_use_not_noted", key_id=str(key.id))


class _Fresh(Generic[Kept]):
    """A bounded store whose entries last a few seconds; the oldest go first."""

    def __init__(self, most: int, monotonic: Callable[[], float]) -> None:
        self._most = most
        self._now = monotonic
        self._lock = Lock()
        self._entries: OrderedDict[bytes, tuple[Kept, float]] = OrderedDict()

    def get(self, key: bytes) -> tuple[Kept, float] | None:
        """What was kept, and until when; None if nothing was, or it is stale."""
        entry = self._entries.get(key)
        return entry if entry is not None and entry[1] > self._now() else None

    def keep(self, key: bytes, value: Kept) -> None:
        with self._lock:
            self._entries[key] = (value, self._now() + FRESH_SECONDS)
            self._entries.move_to_end(key)
            while len(self._entries) > self._most:
                self._entries.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()


def _holder(key: ApiKey) -> KeyHolder:
    return KeyHolder(
        tenant_id=key.tenant_id,
        key_id=key.id,
        label=f"{key.name}/{key.id}",
        scopes=holdable(key.tenant_id, key.scopes),
        expires_at=key.expires_at,
        is_revoked=key.revoked_at is not None,
    )
