"""Verification: the proof of an address makes the user, out of the one registration its mail was sent for."""

from datetime import datetime

from identity_service.calls.audit import AuditTrail, Event
from identity_service.calls.call import Call
from identity_service.calls.once import Once
from identity_service.clock import Clock
from identity_service.identity.challenge_secrets import Purpose
from identity_service.identity.challenges import Challenges, Proof
from identity_service.identity.errors import ProofRejected
from identity_service.identity.mails import welcome_mail
from identity_service.identity.users import ProvedUser, UserProfile
from identity_service.notification.outbox import Outbox
from identity_service.storage.database import Transaction
from identity_service.storage.errors import RowConflict
from identity_service.storage.queries import accounts, notifications
from identity_service.storage.rows import Challenge, Registration, User, UserState


class VerifyEmail:
    """The journey of AccountService.VerifyEmail."""

    def __init__(self, *, once: Once, challenges: Challenges, outbox: Outbox, audit: AuditTrail, clock: Clock) -> None:
        self._once = once
        self._challenges = challenges
        self._outbox = outbox
        self._audit = audit
        self._now = clock

    def __call__(self, call: Call, proof: Proof) -> ProvedUser:
        """Raises `ProofRejected` and `AttemptsExhausted`."""
        return self._once.unless_answered(call, ProvedUser, lambda: self._verify(call, proof))

    def _verify(self, call: Call, proof: Proof) -> ProvedUser:
        challenge = self._challenges.proved(call, Purpose.VERIFY_EMAIL, proof).challenge
        with self._challenges.refusals_of(call, challenge):
            return self._once.run(call, ProvedUser, lambda transaction: self._activate(transaction, call, challenge))

    def _activate(self, transaction: Transaction, call: Call, challenge: Challenge) -> ProvedUser:
        self._challenges.use(transaction, challenge)
        user = _user(self._registration(transaction, challenge), self._now())
        try:
            accounts.insert_user(transaction.connection, user)
        except RowConflict:  # the address got a user since the mail was sent
            raise ProofRejected() from None
        accounts.forget_registration(transaction.connection, user.tenant_id, user.id)
        event = self._audit.event(call, Event.EMAIL_VERIFIED, user_id=user.id)
        welcome = self._outbox.put(
            transaction,
            call.tenant_id,
            welcome_mail(user),
            lambda row: notifications.put(transaction.connection, row, event),
        )
        return ProvedUser(UserProfile.of(user), welcome.id)

    def _registration(self, transaction: Transaction, challenge: Challenge) -> Registration:
        if challenge.subject_id is None:
            raise ProofRejected()
        found = accounts.registration(transaction.connection, challenge.tenant_id, challenge.subject_id)
        if found is None:
            raise ProofRejected()
        return found


def _user(registration: Registration, now: datetime) -> User:
    return User(
        tenant_id=registration.tenant_id,
        id=registration.id,
        email=registration.email,
        address_key=registration.address_key,
        password_hash=registration.password_hash,
        given_name=registration.given_name,
        family_name=registration.family_name,
        user_type=registration.user_type,
        locale=registration.locale,
        state=UserState.ACTIVE,
        created_at=registration.created_at,
        email_verified_at=now,
    )
