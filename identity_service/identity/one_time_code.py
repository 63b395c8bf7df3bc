"""Sign-in with a code from a mail: asking for it, and using it.

An address without a user gets the same rows, the same answer and the same hand-off; its mail is a decoy.
"""

from identity_service.calls.audit import AuditTrail, Event
from identity_service.calls.call import Call
from identity_service.calls.once import Once
from identity_service.identity.addresses import Address, parse_address
from identity_service.identity.challenge_secrets import Purpose
from identity_service.identity.challenges import Challenges, EmailCode
from identity_service.identity.errors import ProofRejected
from identity_service.identity.limits import Limiter, Rule, network_of
from identity_service.identity.mails import MailQueued, proof_mail
from identity_service.identity.sessions import Sessions, SignedIn, SignInMethod
from identity_service.notification.kinds import Kind
from identity_service.notification.outbox import Outbox
from identity_service.storage.database import Transaction
from identity_service.storage.queries import accounts, challenges
from identity_service.storage.queries.attempts import LiveChallenge
from identity_service.storage.rows import UserState


class RequestCode:
    """The journey of SessionService.RequestOtp."""

    def __init__(
        self, *, once: Once, challenges: Challenges, outbox: Outbox, audit: AuditTrail, limiter: Limiter
    ) -> None:
        self._once = once
        self._challenges = challenges
        self._outbox = outbox
        self._audit = audit
        self._limiter = limiter

    def __call__(self, call: Call, email: str) -> MailQueued:
        """Raises `InvalidInput` and `LimitExceeded`."""
        if answer := self._once.answered(call, MailQueued):
            return answer
        address = parse_address(email)
        self._limiter.hit_all(
            call, (Rule.OTP_REQUEST, address.key), (Rule.OTP_REQUEST_NETWORK, network_of(call.ip_address))
        )
        return self._once.run(
            call, MailQueued, lambda transaction: self._record(transaction, call, address), single_write=True
        )

    def _record(self, transaction: Transaction, call: Call, address: Address) -> MailQueued:
        user = accounts.user_by_address(transaction.connection, call.tenant_id, address.key)
        if user and user.state != UserState.ACTIVE:
            user = None
        challenge = self._challenges.new(call.tenant_id, Purpose.SIGN_IN, address, user_id=user.id if user else None)
        event = self._audit.event(
            call, Event.CODE_REQUESTED, user_id=user.id if user else None, subject_id=challenge.id
        )
        mail = self._outbox.put(
            transaction,
            call.tenant_id,
            proof_mail(Kind.ONE_TIME_CODE, call, address, challenge, user),
            lambda row: challenges.open_challenge(transaction.connection, challenge, row, event),
        )
        return MailQueued(mail.id, challenge.expires_at)


class VerifyCode:
    """The journey of SessionService.VerifyOtp."""

    def __init__(self, *, once: Once, challenges: Challenges, sessions: Sessions) -> None:
        self._once = once
        self._challenges = challenges
        self._sessions = sessions

    def __call__(self, call: Call, email: str, code: str) -> SignedIn:
        """Raises `ProofRejected` and `AttemptsExhausted`."""
        return self._once.unless_repeated(call, lambda: self._verify(call, email, code))

    def _verify(self, call: Call, email: str, code: str) -> SignedIn:
        proof = EmailCode(parse_address(email), code)
        proved = self._challenges.proved(call, Purpose.SIGN_IN, proof)
        with self._challenges.refusals_of(call, proved.challenge):
            return self._sign_in(call, proved)

    def _sign_in(self, call: Call, proved: LiveChallenge) -> SignedIn:
        user = proved.user
        if user is None or user.state != UserState.ACTIVE:
            raise ProofRejected()
        opened = self._sessions.new(call, user, SignInMethod.ONE_TIME_CODE)
        return self._once.run_unkept(
            call,
            lambda transaction: self._sessions.record_proved(transaction, call, opened, proved.challenge),
            single_write=True,
        )
