"""Asking for another address: a mail to the new one, with a link and a code.

A taken address gets the same rows and the same answer. Its owner is told, and the change can never be met.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from identity_service.calls.audit import AuditTrail, Event
from identity_service.calls.call import Call
from identity_service.calls.once import Once
from identity_service.identity.addresses import Address, parse_address
from identity_service.identity.challenge_secrets import Purpose
from identity_service.identity.challenges import Challenges
from identity_service.identity.errors import CredentialsRejected, EmailTaken
from identity_service.identity.limits import Limiter, Rule
from identity_service.identity.mails import MailQueued, address_taken_mail
from identity_service.identity.password_check import PasswordCheck
from identity_service.identity.passwords import HashingPlaces
from identity_service.identity.register import RegistrationRules
from identity_service.ids import new_id
from identity_service.notification.kinds import Kind
from identity_service.notification.outbox import Draft, Outbox
from identity_service.storage.database import Transaction
from identity_service.storage.queries import accounts, email_changes
from identity_service.storage.rows import AuditEvent, Challenge, EmailChange, Notification, User


@dataclass(frozen=True, slots=True)
class EmailChangeCommand:
    """Who wants which address, with the password once more."""

    user_id: UUID
    password: str = field(repr=False)
    new_email: str


class StartEmailChange:
    """The journey of AccountService.StartEmailChange."""

    def __init__(
        self,
        *,
        once: Once,
        places: HashingPlaces,
        password_check: PasswordCheck,
        challenges: Challenges,
        outbox: Outbox,
        audit: AuditTrail,
        limiter: Limiter,
        rules: Callable[[str], RegistrationRules],
    ) -> None:
        self._once = once
        self._places = places
        self._password_check = password_check
        self._challenges = challenges
        self._outbox = outbox
        self._audit = audit
        self._limiter = limiter
        self._rules_of = rules

    def __call__(self, call: Call, command: EmailChangeCommand) -> MailQueued:
        """Raises `InvalidInput`, `CredentialsRejected`, `LimitExceeded`, and `EmailTaken` where addresses show."""
        return self._once.unless_answered(call, MailQueued, lambda: self._start(call, command))

    def _start(self, call: Call, command: EmailChangeCommand) -> MailQueued:
        address = parse_address(command.new_email, "new_email")
        with self._places.place() as place:
            user = self._password_check.user(call, place, command.user_id, command.password, Event.EMAIL_CHANGE_STARTED)
            # After the password: who does not know it takes nothing from who does.
            self._limiter.hit_all(call, (Rule.EMAIL_CHANGE, str(user.id)))
            return self._once.run(
                call, MailQueued, lambda transaction: self._record(transaction, call, user, address), single_write=True
            )

    def _record(self, transaction: Transaction, call: Call, user: User, address: Address) -> MailQueued:
        owner = self._other_owner(transaction, user, address)
        change_id = new_id()
        challenge = self._challenges.new(
            call.tenant_id,
            Purpose.CHANGE_EMAIL,
            address,
            subject_id=None if owner else change_id,
            user_id=None if owner else user.id,
        )
        change = _change(change_id, user, address, challenge)
        event = self._audit.event(call, Event.EMAIL_CHANGE_STARTED, user_id=user.id, subject_id=change.id)
        mail = self._outbox.put(
            transaction,
            call.tenant_id,
            address_taken_mail(call, owner) if owner else _proof_mail(user, change, challenge),
            lambda row: _write(transaction, user, change, challenge, row, event),
        )
        return MailQueued(mail.id, challenge.expires_at)

    def _other_owner(self, transaction: Transaction, user: User, address: Address) -> User | None:
        """Whose address it is; None for the user's own, of which another spelling may be wanted."""
        owner = accounts.user_by_address(transaction.connection, user.tenant_id, address.key)
        if owner is None or owner.id == user.id:
            return None
        if not self._rules_of(user.tenant_id).hides_taken_addresses:
            raise EmailTaken()
        return owner


def _write(
    transaction: Transaction,
    user: User,
    change: EmailChange,
    challenge: Challenge,
    mail: Notification,
    event: AuditEvent,
) -> None:
    """Raises `CredentialsRejected` if the password that was given became another in this moment."""
    if not email_changes.start(transaction.connection, user, change, challenge, mail, event):
        raise CredentialsRejected()


def _change(change_id: UUID, user: User, address: Address, challenge: Challenge) -> EmailChange:
    return EmailChange(
        tenant_id=user.tenant_id,
        id=change_id,
        user_id=user.id,
        new_email=address.text,
        new_address_key=address.key,
        old_address_key=None,
        created_at=challenge.created_at,
        expires_at=challenge.expires_at,
    )


def _proof_mail(user: User, change: EmailChange, challenge: Challenge) -> Draft:
    return Draft(
        kind=Kind.EMAIL_CHANGE,
        recipient=change.new_email,
        recipient_key=change.new_address_key,
        locale=user.locale,
        context={"given_name": user.given_name},
        user_id=user.id,
        user_type=user.user_type,
        challenge_id=challenge.id,
        expires_at=challenge.expires_at,
    )
