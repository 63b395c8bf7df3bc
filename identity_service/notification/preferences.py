"""What a user wants to receive. It never concerns security mail, which always goes."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from identity_service.calls.audit import AuditTrail, Event
from identity_service.calls.call import Call
from identity_service.calls.once import Once
from identity_service.clock import Clock
from identity_service.errors import FieldViolation, InvalidInput
from identity_service.notification.errors import RecipientNotFound
from identity_service.notification.unsubscribe_links import Subscription
from identity_service.storage.database import Connection, Database, Transaction
from identity_service.storage.queries import accounts, preferences

UNSUBSCRIBE_LINK = "unsubscribe-link"
"""The actor of whoever follows the link of a mail: nobody has signed in for it."""


class CategoryContradicted(InvalidInput):
    """The same category is to be opted out of and into."""

    def __init__(self) -> None:
        description = "must name none of opt_out_categories"
        super().__init__([FieldViolation("opt_in_categories", description)])


@dataclass(frozen=True, slots=True)
class UserPreferences:
    """The categories of mail that a user does not want, in the order of their names."""

    user_id: UUID
    opted_out: tuple[str, ...]


class Preferences:
    """The journeys of PreferenceService that concern a user, and those behind the link in a mail."""

    def __init__(self, *, database: Database, once: Once, audit: AuditTrail, clock: Clock) -> None:
        self._database = database
        self._once = once
        self._audit = audit
        self._now = clock

    def get(self, tenant_id: str, user_id: UUID) -> UserPreferences:
        """Raises `RecipientNotFound`."""
        with self._database.connect() as connection:
            _require_user(connection, tenant_id, user_id)
            return _read(connection, tenant_id, user_id)

    def update(
        self, call: Call, user_id: UUID, *, opt_out: Sequence[str] = (), opt_in: Sequence[str] = ()
    ) -> UserPreferences:
        """Opt out of some categories and into others; the rest stays. Raises `RecipientNotFound` and `InvalidInput`."""
        if not set(opt_out).isdisjoint(opt_in):
            raise CategoryContradicted()
        if answer := self._once.answered(call, UserPreferences):
            return answer
        return self._once.run(
            call, UserPreferences, lambda transaction: self._update(transaction, call, user_id, opt_out, opt_in)
        )

    def unsubscribe(self, call: Call, subscription: Subscription) -> None:
        """Opt out by the link of a mail. A user who is gone gets no mail anyway, so nobody is told."""
        self._follow_link(call, subscription, opt_out=[subscription.category])

    def subscribe_again(self, call: Call, subscription: Subscription) -> None:
        """Take an `unsubscribe` back."""
        self._follow_link(call, subscription, opt_in=[subscription.category])

    def _follow_link(
        self, call: Call, subscription: Subscription, *, opt_out: Sequence[str] = (), opt_in: Sequence[str] = ()
    ) -> None:
        try:
            with self._database.begin() as transaction:
                self._update(transaction, call, subscription.user_id, opt_out, opt_in)
        except RecipientNotFound:
            return

    def _update(
        self, transaction: Transaction, call: Call, user_id: UUID, opt_out: Sequence[str], opt_in: Sequence[str]
    ) -> UserPreferences:
        connection = transaction.connection
        _require_user(connection, call.tenant_id, user_id)
        changes = [
            preferences.opt_out(connection, call.tenant_id, user_id, opt_out, self._now()),
            preferences.opt_in(connection, call.tenant_id, user_id, opt_in),
        ]
        if any(changes):
            self._audit.write(connection, self._audit.event(call, Event.PREFERENCES_CHANGED, user_id=user_id))
        return _read(connection, call.tenant_id, user_id)


def _require_user(connection: Connection, tenant_id: str, user_id: UUID) -> None:
    if accounts.user_by_id(connection, tenant_id, user_id) is None:
        raise RecipientNotFound()


def _read(connection: Connection, tenant_id: str, user_id: UUID) -> UserPreferences:
    return UserPreferences(user_id, tuple(preferences.opted_out(connection, tenant_id, user_id)))
