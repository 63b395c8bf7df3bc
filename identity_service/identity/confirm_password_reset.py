"""Choosing a new password with the proof of a mail. It takes the place of the old one, and ends all sessions."""

from identity_service.calls.audit import AuditTrail, Event
from identity_service.calls.call import Call
from identity_service.calls.once import Once
from identity_service.clock import Clock
from identity_service.identity.addresses import Address
from identity_service.identity.challenge_secrets import Purpose
from identity_service.identity.challenges import Challenges, LinkToken, Proof
from identity_service.identity.errors import ProofRejected
from identity_service.identity.mails import password_changed_mail
from identity_service.identity.passwords import ChosenPassword, NewPasswords
from identity_service.identity.sessions import RevokeReason
from identity_service.identity.users import ProvedUser, UserProfile
from identity_service.notification.outbox import Outbox
from identity_service.storage.database import Database, Transaction
from identity_service.storage.queries import accounts, notifications, passwords, sessions
from identity_service.storage.queries.attempts import LiveChallenge
from identity_service.storage.rows import Challenge, User, UserState


class ConfirmPasswordReset:
    """The journey of AccountService.ConfirmPasswordReset."""

    def __init__(
        self,
        *,
        database: Database,
        once: Once,
        challenges: Challenges,
        outbox: Outbox,
        audit: AuditTrail,
        passwords: NewPasswords,
        clock: Clock,
    ) -> None:
        self._database = database
        self._once = once
        self._challenges = challenges
        self._outbox = outbox
        self._audit = audit
        self._passwords = passwords
        self._now = clock

    def __call__(self, call: Call, proof: Proof, new_password: str) -> ProvedUser:
        """Raises `PasswordRefused`, which leaves the proof as good as it was, `ProofRejected` and `LimitExceeded`."""
        return self._once.unless_answered(call, ProvedUser, lambda: self._confirm(call, proof, new_password))

    def _confirm(self, call: Call, proof: Proof, new_password: str) -> ProvedUser:
        # A link costs no try that being busy could waste, and whoever brings a false one is to take no place.
        by_link = self._proved(call, proof) if isinstance(proof, LinkToken) else None
        with self._passwords.chosen(new_password, "new_password") as chosen:
            proved = by_link or self._proved(call, proof)
            with self._challenges.refusals_of(call, proved.challenge):
                return self._reset(call, proved, chosen)

    def _proved(self, call: Call, proof: Proof) -> LiveChallenge:
        return self._challenges.proved(call, Purpose.RESET_PASSWORD, proof)

    def _reset(self, call: Call, proved: LiveChallenge, chosen: ChosenPassword) -> ProvedUser:
        user, challenge = self._user(proved), proved.challenge
        chosen.judge(call, Address(user.email, user.address_key), (user.given_name, user.family_name))
        new_hash = chosen.hash()
        return self._once.run(
            call, ProvedUser, lambda transaction: self._record(transaction, call, challenge, user, new_hash)
        )

    def _user(self, proved: LiveChallenge) -> User:
        """Who may set the password: the proof must be of the address that the user has now, and of no old password."""
        challenge = proved.challenge
        user = proved.user or self._user_by_id(challenge)
        if user is None or user.state != UserState.ACTIVE or user.address_key != challenge.address_key:
            raise ProofRejected()
        return user

    def _user_by_id(self, challenge: Challenge) -> User | None:
        if challenge.user_id is None:
            return None
        with self._database.connect() as connection:
            return accounts.user_by_id(connection, challenge.tenant_id, challenge.user_id)

    def _record(
        self, transaction: Transaction, call: Call, challenge: Challenge, user: User, new_hash: str
    ) -> ProvedUser:
        connection, now = transaction.connection, self._now()
        self._challenges.use(transaction, challenge)
        # Before the sessions: whoever signs in with the old password at this moment waits for this row, or is seen.
        if not passwords.reset(connection, user, new_hash, now, asked_at=challenge.created_at):
            raise ProofRejected()
        sessions.revoke_all(connection, user.tenant_id, user.id, RevokeReason.PASSWORD_RESET, now)
        event = self._audit.event(call, Event.PASSWORD_RESET, user_id=user.id, subject_id=challenge.id)
        notice = self._outbox.put(
            transaction,
            call.tenant_id,
            password_changed_mail(call, user),
            lambda row: notifications.put(connection, row, event),
        )
        return ProvedUser(UserProfile.of(user), notice.id)
