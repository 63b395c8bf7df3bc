"""Users as operators see and steer them: found, listed, changed, suspended and reinstated.

A suspended user can do nothing. The sessions are revoked with the suspension; one that a sign-in opens at the same
moment is refused wherever it is used, because its user is looked at, and revoked at the latest when the user is
reinstated.
"""

from collections.abc import Mapping
from uuid import UUID

from identity_service.calls.audit import AuditTrail, Event
from identity_service.calls.call import Call
from identity_service.calls.once import Once
from identity_service.clock import Clock
from identity_service.identity.addresses import parse_address
from identity_service.identity.errors import UserNotFound
from identity_service.identity.sessions import RevokeReason
from identity_service.identity.users import UserProfile
from identity_service.storage.database import Connection, Database, Transaction
from identity_service.storage.queries import accounts, sessions
from identity_service.storage.queries import users as queries
from identity_service.storage.queries.users import UserFilter as UserFilter  # what callers ask for
from identity_service.storage.rows import User


class UserAccounts:
    """The journeys of UserService that are about single users, and its lists.

    Of a mutating call only the user's id is kept: a repeated one is answered with the user as they are by then.
    """

    def __init__(self, *, database: Database, once: Once, audit: AuditTrail, clock: Clock) -> None:
        self._database = database
        self._once = once
        self._audit = audit
        self._now = clock

    def get(self, tenant_id: str, user_id: UUID) -> UserProfile:
        """Raises `UserNotFound`."""
        with self._database.connect() as connection:
            return UserProfile.of(_existing(connection, tenant_id, user_id))

    def get_by_email(self, tenant_id: str, email: str) -> UserProfile:
        """Raises `EmailInvalid` and `UserNotFound`."""
        address = parse_address(email)
        with self._database.connect() as connection:
            found = accounts.user_by_address(connection, tenant_id, address.key)
        if found is None:
            raise UserNotFound()
        return UserProfile.of(found)

    def page(self, tenant_id: str, wanted: UserFilter, *, before: UUID | None, size: int) -> list[User]:
        """Up to `size` users, newest first, older than `before`."""
        with self._database.connect() as connection:
            return queries.page(connection, tenant_id, wanted, before=before, size=size)

    def page_by_address(
        self, tenant_id: str, wanted: UserFilter, *, prefix: str, after: str | None, size: int
    ) -> list[User]:
        """Up to `size` users whose addresses begin with `prefix`, in the order of these, behind `after`."""
        with self._database.connect() as connection:
            return queries.page_by_address(connection, tenant_id, wanted, prefix=prefix, after=after, size=size)

    def update(self, call: Call, user_id: UUID, changes: Mapping[str, str]) -> UserProfile:
        """Change given_name, family_name, user_type or locale. Raises `UserNotFound`."""
        if self._once.answered(call, UUID) is None:
            self._once.run(call, UUID, lambda transaction: self._update(transaction, call, user_id, changes))
        return self.get(call.tenant_id, user_id)

    def suspend(self, call: Call, user_id: UUID, reason: str) -> UserProfile:
        """Stop the user from doing anything, and end all their sessions. Raises `UserNotFound`.

        Of somebody suspended before, only the sessions are looked at again; the first reason stays.
        """
        if self._once.answered(call, UUID) is None:
            self._once.run(call, UUID, lambda transaction: self._suspend(transaction, call, user_id, reason))
        return self.get(call.tenant_id, user_id)

    def reinstate(self, call: Call, user_id: UUID) -> UserProfile:
        """Let the user sign in again. Raises `UserNotFound`."""
        if self._once.answered(call, UUID) is None:
            self._once.run(call, UUID, lambda transaction: self._reinstate(transaction, call, user_id))
        return self.get(call.tenant_id, user_id)

    def _update(self, transaction: Transaction, call: Call, user_id: UUID, changes: Mapping[str, str]) -> UUID:
        present = _existing(transaction.connection, call.tenant_id, user_id)
        new = {name: value for name, value in changes.items() if getattr(present, name) != value}
        if new and queries.change_profile(transaction.connection, call.tenant_id, user_id, new, self._now()):
            self._record(transaction, call, Event.USER_UPDATED, user_id)
        return user_id

    def _suspend(self, transaction: Transaction, call: Call, user_id: UUID, reason: str) -> UUID:
        connection, tenant_id = transaction.connection, call.tenant_id
        if queries.suspend(connection, tenant_id, user_id, reason or None, self._now()):
            self._record(transaction, call, Event.USER_SUSPENDED, user_id)
        else:
            _existing(connection, tenant_id, user_id)
        self._end_sessions(transaction, call, user_id)
        return user_id

    def _reinstate(self, transaction: Transaction, call: Call, user_id: UUID) -> UUID:
        connection, tenant_id = transaction.connection, call.tenant_id
        if queries.reinstate(connection, tenant_id, user_id, self._now()):
            self._end_sessions(transaction, call, user_id)
            self._record(transaction, call, Event.USER_REINSTATED, user_id)
        else:
            _existing(connection, tenant_id, user_id)
        return user_id

    def _end_sessions(self, transaction: Transaction, call: Call, user_id: UUID) -> None:
        reason = RevokeReason.USER_SUSPENDED
        if sessions.revoke_all(transaction.connection, call.tenant_id, user_id, reason, self._now()):
            self._record(transaction, call, Event.SESSION_REVOKED, user_id)

    def _record(self, transaction: Transaction, call: Call, event: Event, user_id: UUID) -> None:
        self._audit.write(transaction.connection, self._audit.event(call, event, user_id=user_id))


def _existing(connection: Connection, tenant_id: str, user_id: UUID) -> User:
    found = accounts.user_by_id(connection, tenant_id, user_id)
    if found is None:
        raise UserNotFound()
    return found
