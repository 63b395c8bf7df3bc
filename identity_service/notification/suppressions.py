"""Addresses that get no mail: because they bounced for good, because of a complaint, or because an operator said so."""

from uuid import UUID

from identity_service.calls.audit import AuditTrail, Event
from identity_service.calls.call import Call
from identity_service.calls.once import Once
from identity_service.clock import Clock
from identity_service.ids import new_id
from identity_service.notification.errors import AlreadySuppressed, SuppressionNotFound
from identity_service.storage.database import Database, Transaction
from identity_service.storage.queries import preferences as queries
from identity_service.storage.queries.preferences import SuppressionFilter as SuppressionFilter  # for those who list
from identity_service.storage.rows import Suppression, SuppressionReason


class Suppressions:
    """The journeys of PreferenceService that concern an address.

    Of a mutating call only the suppression's id is kept: an answer with the address could not be erased with its user.
    """

    def __init__(self, *, database: Database, once: Once, audit: AuditTrail, clock: Clock) -> None:
        self._database = database
        self._once = once
        self._audit = audit
        self._now = clock

    def page(self, tenant_id: str, wanted: SuppressionFilter, *, before: UUID | None, size: int) -> list[Suppression]:
        """Up to `size` suppressions, newest first, older than `before`."""
        with self._database.connect() as connection:
            return queries.suppression_page(connection, tenant_id, wanted, before=before, size=size)

    def add(
        self,
        call: Call,
        *,
        email: str,
        address_key: str,
        reason: SuppressionReason,
        category: str = "",
        note: str = "",
    ) -> Suppression:
        """Write no more mail of that category there, of any category when it is empty.

        A hard bounce without a category takes the place of a milder reason, and keeps its id.

        Raises `AlreadySuppressed`, and `SuppressionNotFound` when a repeated call's suppression was removed since.
        """
        suppression = Suppression(
            tenant_id=call.tenant_id,
            id=new_id(),
            email=email,
            address_key=address_key,
            category=category,
            reason=reason,
            note=note,
            created_at=self._now(),
        )
        added = self._once.answered(call, UUID)
        if added is None:
            added = self._once.run(call, UUID, lambda transaction: self._add(transaction, call, suppression))
        return suppression if added == suppression.id else self._existing(call.tenant_id, added)

    def remove(self, call: Call, suppression_id: UUID) -> None:
        """Write there again. Raises `SuppressionNotFound`."""
        if self._once.answered(call, UUID) is None:
            self._once.run(call, UUID, lambda transaction: self._remove(transaction, call, suppression_id))

    def _add(self, transaction: Transaction, call: Call, suppression: Suppression) -> UUID:
        suppression_id = queries.suppress(transaction.connection, suppression)
        if suppression_id is None:
            raise AlreadySuppressed()
        event = self._audit.event(call, Event.SUPPRESSION_ADDED, subject_id=suppression_id)
        self._audit.write(transaction.connection, event)
        return suppression_id

    def _existing(self, tenant_id: str, suppression_id: UUID) -> Suppression:
        with self._database.connect() as connection:
            suppression = queries.suppression(connection, tenant_id, suppression_id)
        if suppression is None:
            raise SuppressionNotFound()
        return suppression

    def _remove(self, transaction: Transaction, call: Call, suppression_id: UUID) -> UUID:
        if queries.remove_suppression(transaction.connection, call.tenant_id, suppression_id) is None:
            raise SuppressionNotFound()
        event = self._audit.event(call, Event.SUPPRESSION_REMOVED, subject_id=suppression_id)
        self._audit.write(transaction.connection, event)
        return suppression_id
