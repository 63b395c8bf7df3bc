"""Changing the password: who knows the one they have may choose another, and is signed out everywhere else."""

from dataclasses import dataclass
from uuid import UUID

from identity_service.calls.audit import AuditTrail, Event
from identity_service.calls.call import Call
from identity_service.calls.errors import Conflict
from identity_service.calls.once import Once
from identity_service.clock import Clock
from identity_service.identity.addresses import Address
from identity_service.identity.mails import password_changed_mail
from identity_service.identity.password_check import PasswordCheck
from identity_service.identity.passwords import ChosenPassword, NewPasswords, PasswordRefused, normalise
from identity_service.identity.sessions import RevokeReason
from identity_service.notification.outbox import Outbox
from identity_service.storage.database import Transaction
from identity_service.storage.queries import notifications, passwords, sessions
from identity_service.storage.rows import User


@dataclass(frozen=True, slots=True)
class PasswordChanged:
    """The mail that tells the user so."""

    notification_id: UUID


@dataclass(frozen=True, slots=True)
class _Change:
    """What is about to be recorded."""

    user: User
    new_hash: str
    keep_session_id: UUID | None


class ChangePassword:
    """The journey of AccountService.ChangePassword."""

    def __init__(
        self,
        *,
        once: Once,
        password_check: PasswordCheck,
        passwords: NewPasswords,
        outbox: Outbox,
        audit: AuditTrail,
        clock: Clock,
    ) -> None:
        self._once = once
        self._password_check = password_check
        self._passwords = passwords
        self._outbox = outbox
        self._audit = audit
        self._now = clock

    def __call__(
        self, call: Call, user_id: UUID, current_password: str, new_password: str, keep_session_id: UUID | None = None
    ) -> PasswordChanged:
        """Ends all sessions but `keep_session_id`, mostly the one that the change is made in.

        Raises `CredentialsRejected`, `PasswordRefused`, `LimitExceeded`, and `Conflict` when the password became
        another at the same moment.
        """

        def change() -> PasswordChanged:
            with self._passwords.chosen(new_password, "new_password") as chosen:
                user = self._password_check.user(call, chosen.place, user_id, current_password, Event.PASSWORD_CHANGED)
                wanted = _Change(user, _new_hash(call, user, current_password, chosen), keep_session_id)
                return self._once.run(
                    call, PasswordChanged, lambda transaction: self._record(transaction, call, wanted)
                )

        return self._once.unless_answered(call, PasswordChanged, change)

    def _record(self, transaction: Transaction, call: Call, change: _Change) -> PasswordChanged:
        connection, user, now = transaction.connection, change.user, self._now()
        # Before the sessions: whoever signs in with the old password at this moment waits for this row, or is seen.
        if not passwords.change(connection, user, change.new_hash, now):
            raise Conflict()
        reason = RevokeReason.PASSWORD_CHANGED
        sessions.revoke_all(connection, user.tenant_id, user.id, reason, now, change.keep_session_id)
        event = self._audit.event(call, Event.PASSWORD_CHANGED, user_id=user.id)
        notice = self._outbox.put(
            transaction,
            call.tenant_id,
            password_changed_mail(call, user),
            lambda row: notifications.put(connection, row, event),
        )
        return PasswordChanged(notice.id)


def _new_hash(call: Call, user: User, current_password: str, chosen: ChosenPassword) -> str:
    """The hash of the new password. The current one was right, so that to call it by its name tells nothing."""
    if normalise(chosen.password) == normalise(current_password):
        raise PasswordRefused(chosen.request_field, "must be another than the current password")
    chosen.judge(call, Address(user.email, user.address_key), (user.given_name, user.family_name))
    return chosen.hash()
