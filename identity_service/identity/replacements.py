"""A fresh mail in the place of one that expired before it could be sent, where its reader still waits for it.

Somebody who registered yesterday may still want to; the mail was late, not the reader. Nobody still sits before the
field for a one-time code or waits for a reset after an hour, and a mail about it that comes late would only frighten.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from identity_service.calls.audit import AuditTrail, Event
from identity_service.calls.call import Call
from identity_service.clock import Clock
from identity_service.identity.addresses import Address
from identity_service.identity.challenge_secrets import Purpose
from identity_service.identity.challenges import new_challenge
from identity_service.notification.outbox import Outbox, repeated
from identity_service.secret_keys import KeyRing
from identity_service.storage.database import Connection, Transaction
from identity_service.storage.queries import replacements as queries
from identity_service.storage.rows import Challenge, Notification

MOST_IN_A_ROW = 3
"""After so many replacements that expired in their turn nobody is assumed to wait any more."""

_Extend = Callable[[Connection, str, UUID, datetime], bool]
_EXTENSIONS: Mapping[str, _Extend] = MappingProxyType(
    {
        Purpose.VERIFY_EMAIL: queries.extend_registration,
        Purpose.CHANGE_EMAIL: queries.extend_email_change,
        Purpose.INVITATION: queries.extend_invitation,
    }
)
"""How what a proof is for is kept alive; each answers whether it is still wanted. Other purposes are not replaced."""


class Replacements:
    """Implements `notification.replacing.Replacing`."""

    def __init__(self, *, key_ring: KeyRing, outbox: Outbox, audit: AuditTrail, clock: Clock) -> None:
        self._key_ring = key_ring
        self._outbox = outbox
        self._audit = audit
        self._now = clock

    def replace(self, transaction: Transaction, expired: Notification, challenge: Challenge) -> None:
        """Queue the same mail with a proof of its own. A decoy is replaced by a decoy, so that it cannot be told."""
        extend = _EXTENSIONS.get(challenge.purpose)
        if extend is None or expired.predecessors >= MOST_IN_A_ROW:
            return
        fresh = self._fresh(challenge, expired)
        if self._is_wanted(transaction.connection, extend, expired, challenge, fresh):
            self._put(transaction, expired, fresh)

    def _fresh(self, challenge: Challenge, expired: Notification) -> Challenge:
        return new_challenge(
            challenge.tenant_id,
            Purpose(challenge.purpose),
            Address(expired.recipient, challenge.address_key),
            key_id=self._key_ring.active.id,
            now=self._now(),
            subject_id=challenge.subject_id,
            user_id=challenge.user_id,
        )

    def _is_wanted(
        self, connection: Connection, extend: _Extend, expired: Notification, old: Challenge, fresh: Challenge
    ) -> bool:
        """Of several mails for one thing, such as a first one and one sent again, only the last is replaced."""
        if queries.has_newer(connection, old):
            return False
        if old.subject_id is None:
            return expired.decoy
        return extend(connection, old.tenant_id, old.subject_id, fresh.expires_at)

    def _put(self, transaction: Transaction, expired: Notification, fresh: Challenge) -> None:
        call = Call(expired.tenant_id, "worker")
        event = self._audit.event(call, Event.MAIL_REPLACED, user_id=expired.user_id, subject_id=expired.id)
        self._outbox.put(
            transaction,
            expired.tenant_id,
            repeated(expired, fresh.id, fresh.expires_at),
            lambda row: queries.put(transaction.connection, expired, fresh, row, event),
        )
