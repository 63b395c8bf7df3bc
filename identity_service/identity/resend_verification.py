"""Sending the verification mail again, by address (which tells nothing) or by the id that registration answered.

A resend is a new challenge for the same registration. Earlier mails stay valid, and tried codes stay counted.
"""

from uuid import UUID

from identity_service.calls.audit import AuditTrail, Event
from identity_service.calls.call import Call
from identity_service.calls.once import Once
from identity_service.clock import Clock
from identity_service.identity.addresses import Address, parse_address
from identity_service.identity.challenge_secrets import Purpose
from identity_service.identity.challenges import Challenges
from identity_service.identity.errors import EmailAlreadyVerified, UserNotFound
from identity_service.identity.limits import Limiter, Rule, network_of
from identity_service.identity.mails import DEFAULT_LOCALE, MailQueued, verification_mail
from identity_service.notification.kinds import Kind
from identity_service.notification.outbox import Draft, Outbox
from identity_service.storage.database import Database, Transaction
from identity_service.storage.queries import accounts, challenges
from identity_service.storage.rows import Challenge, Registration


class ResendVerification:
    """The journey of AccountService.ResendEmailVerification."""

    def __init__(
        self,
        *,
        database: Database,
        once: Once,
        challenges: Challenges,
        outbox: Outbox,
        audit: AuditTrail,
        limiter: Limiter,
        clock: Clock,
    ) -> None:
        self._database = database
        self._once = once
        self._challenges = challenges
        self._outbox = outbox
        self._audit = audit
        self._limiter = limiter
        self._now = clock

    def to_address(self, call: Call, email: str) -> MailQueued:
        """Answers alike whether or not the address has a registration. Raises `LimitExceeded`."""
        if answer := self._once.answered(call, MailQueued):
            return answer
        address = parse_address(email)
        self._hit(call, address.key)
        return self._once.run(
            call, MailQueued, lambda transaction: self._by_address(transaction, call, address), single_write=True
        )

    def to_user(self, call: Call, user_id: UUID) -> MailQueued:
        """Raises `EmailAlreadyVerified`, `UserNotFound` and `LimitExceeded`."""
        if answer := self._once.answered(call, MailQueued):
            return answer
        registration, is_taken = self._registration_of(call, user_id)
        self._hit(call, registration.address_key)
        address = Address(registration.email, registration.address_key)
        provable = None if is_taken else registration
        return self._once.run(
            call, MailQueued, lambda transaction: self._record(transaction, call, address, provable), single_write=True
        )

    def _hit(self, call: Call, address_key: str) -> None:
        network = network_of(call.ip_address)
        self._limiter.hit_all(
            call, (Rule.VERIFICATION_RESEND, address_key), (Rule.VERIFICATION_RESEND_NETWORK, network)
        )

    def _registration_of(self, call: Call, user_id: UUID) -> tuple[Registration, bool]:
        """The attempt, and whether its address has a user, so that nobody could prove it any more."""
        with self._database.connect() as connection:
            if accounts.user_by_id(connection, call.tenant_id, user_id):
                raise EmailAlreadyVerified()
            found = accounts.registration(connection, call.tenant_id, user_id)
            if found is None or found.expires_at <= self._now():
                raise UserNotFound()
            owner = accounts.user_by_address(connection, call.tenant_id, found.address_key)
        return found, owner is not None

    def _by_address(self, transaction: Transaction, call: Call, address: Address) -> MailQueued:
        """Of several attempts nobody can tell which is meant, and the mail of the wrong one gives the account away."""
        only = accounts.only_registration(transaction.connection, call.tenant_id, address.key, self._now())
        return self._record(transaction, call, address, only)

    def _record(
        self, transaction: Transaction, call: Call, address: Address, registration: Registration | None
    ) -> MailQueued:
        challenge = self._challenges.new(
            call.tenant_id,
            Purpose.VERIFY_EMAIL,
            address,
            subject_id=registration.id if registration else None,
        )
        draft = verification_mail(registration, challenge) if registration else _decoy_mail(call, address, challenge)
        event = self._audit.event(
            call,
            Event.VERIFICATION_RESENT,
            user_id=registration.id if registration else None,
            subject_id=challenge.id,
        )
        mail = self._outbox.put(
            transaction,
            call.tenant_id,
            draft,
            lambda row: challenges.open_challenge(transaction.connection, challenge, row, event),
        )
        return MailQueued(mail.id, challenge.expires_at)


def _decoy_mail(call: Call, address: Address, challenge: Challenge) -> Draft:
    return Draft(
        kind=Kind.VERIFICATION,
        recipient=address.text,
        recipient_key=address.key,
        locale=call.locale or DEFAULT_LOCALE,
        context={"given_name": ""},
        challenge_id=challenge.id,
        expires_at=challenge.expires_at,
        decoy=True,
    )
