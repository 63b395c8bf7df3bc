"""Deleting an account: the user goes with everything that is kept of them, and a last mail says so."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from identity_service.calls.audit import AuditTrail, Event
from identity_service.calls.call import Call
from identity_service.calls.once import Once
from identity_service.clock import Clock
from identity_service.identity.errors import CredentialsRejected, UserNotFound
from identity_service.identity.password_check import PasswordCheck
from identity_service.identity.passwords import HashingPlaces
from identity_service.notification.kinds import Kind
from identity_service.notification.outbox import Draft, Outbox
from identity_service.storage.database import Connection, Transaction
from identity_service.storage.queries import erasure, notifications
from identity_service.storage.rows import User

Erase = Callable[[Connection], User | None]
"""Erases somebody, and says who it was; None if that was not possible."""


@dataclass(frozen=True, slots=True)
class AccountDeleted:
    """The mail to the address as it was; nothing else is left that leads to it."""

    notification_id: UUID


class DeleteAccount:
    """The journeys of AccountService.DeleteAccount and UserService.DeleteUser."""

    def __init__(
        self,
        *,
        once: Once,
        places: HashingPlaces,
        password_check: PasswordCheck,
        outbox: Outbox,
        audit: AuditTrail,
        clock: Clock,
    ) -> None:
        self._once = once
        self._places = places
        self._password_check = password_check
        self._outbox = outbox
        self._audit = audit
        self._now = clock

    def __call__(self, call: Call, user_id: UUID, password: str) -> AccountDeleted:
        """By the user. Raises `CredentialsRejected` and `LimitExceeded`."""
        return self._once.unless_answered(call, AccountDeleted, lambda: self._delete_own(call, user_id, password))

    def by_operator(self, call: Call, user_id: UUID) -> AccountDeleted:
        """Without a password, and whatever the user's state. Raises `UserNotFound`."""
        return self._once.answered(call, AccountDeleted) or self._delete(
            call, lambda connection: erasure.erase_user(connection, call.tenant_id, user_id, self._now())
        )

    def _delete_own(self, call: Call, user_id: UUID, password: str) -> AccountDeleted:
        with self._places.place() as place:
            user = self._password_check.user(call, place, user_id, password, Event.USER_DELETED)
            try:
                return self._delete(call, lambda connection: erasure.erase_same(connection, user, self._now()))
            except UserNotFound:  # deleted or suspended since the password was checked, or it became another
                raise CredentialsRejected() from None

    def _delete(self, call: Call, erase: Erase) -> AccountDeleted:
        return self._once.run(call, AccountDeleted, lambda transaction: self._erase(transaction, call, erase))

    def _erase(self, transaction: Transaction, call: Call, erase: Erase) -> AccountDeleted:
        user = erase(transaction.connection)
        if user is None:
            raise UserNotFound()
        event = self._audit.event(_without_device(call), Event.USER_DELETED, user_id=user.id)
        mail = self._outbox.put(
            transaction,
            call.tenant_id,
            _farewell(user),
            lambda row: notifications.put(transaction.connection, row, event),
        )
        return AccountDeleted(mail.id)


def _without_device(call: Call) -> Call:
    """The event outlives the user, and where they were is personal."""
    return replace(call, ip_address="", user_agent="")


def _farewell(user: User) -> Draft:
    return Draft(
        kind=Kind.ACCOUNT_DELETED,
        recipient=user.email,
        recipient_key=user.address_key,
        locale=user.locale,
        context={"given_name": user.given_name},
        user_id=user.id,
        user_type=user.user_type,
        erase_when_done=True,
    )
