"""Asking for a new password, and asking again: a mail with a link or a code.

An address without a user gets the same rows, the same answer and the same hand-off; its mail is a decoy.
"""

from datetime import timedelta
from enum import StrEnum

from identity_service.calls.audit import AuditTrail, Event
from identity_service.calls.call import Call
from identity_service.calls.once import Once
from identity_service.clock import Clock
from identity_service.identity.addresses import Address, parse_address
from identity_service.identity.challenge_secrets import Purpose
from identity_service.identity.challenges import Challenges
from identity_service.identity.limits import Limiter, Rule, network_of
from identity_service.identity.mails import MailQueued, proof_mail
from identity_service.notification.kinds import Kind
from identity_service.notification.outbox import Outbox
from identity_service.storage.database import Connection, Transaction
from identity_service.storage.queries import accounts, challenges, notifications
from identity_service.storage.rows import UserState

_REMEMBERED = timedelta(hours=24)
"""How long a request tells in which method it is to be repeated."""


class ResetMethod(StrEnum):
    """What the mail carries; the value is its kind."""

    LINK = Kind.RESET_LINK
    CODE = Kind.RESET_CODE


class StartPasswordReset:
    """The journeys of AccountService.StartPasswordReset and ResendPasswordReset."""

    def __init__(
        self,
        *,
        once: Once,
        challenges: Challenges,
        outbox: Outbox,
        audit: AuditTrail,
        limiter: Limiter,
        clock: Clock,
    ) -> None:
        self._once = once
        self._challenges = challenges
        self._outbox = outbox
        self._audit = audit
        self._limiter = limiter
        self._now = clock

    def __call__(self, call: Call, email: str, method: ResetMethod) -> MailQueued:
        """Answers alike whether or not the address has a user. Raises `InvalidInput` and `LimitExceeded`."""
        return self._start(call, email, method)

    def resend(self, call: Call, email: str) -> MailQueued:
        """Like the call that went before, in the method of that; a link if there was none. Earlier mails stay valid."""
        return self._start(call, email, None)

    def _start(self, call: Call, email: str, method: ResetMethod | None) -> MailQueued:
        if answer := self._once.answered(call, MailQueued):
            return answer
        address = parse_address(email)
        self._limiter.hit_all(
            call,
            (Rule.PASSWORD_RESET_ADDRESS, address.key),
            (Rule.PASSWORD_RESET_NETWORK, network_of(call.ip_address)),
        )
        return self._once.run(
            call, MailQueued, lambda transaction: self._record(transaction, call, address, method), single_write=True
        )

    def _record(self, transaction: Transaction, call: Call, address: Address, method: ResetMethod | None) -> MailQueued:
        connection = transaction.connection
        user = accounts.user_by_address(connection, call.tenant_id, address.key)
        if user and user.state != UserState.ACTIVE:
            user = None
        if method is None:
            method = self._last_method(connection, call, address)
        user_id = user.id if user else None
        challenge = self._challenges.new(call.tenant_id, Purpose.RESET_PASSWORD, address, user_id=user_id)
        event = self._audit.event(call, Event.PASSWORD_RESET_REQUESTED, user_id=user_id, subject_id=challenge.id)
        mail = self._outbox.put(
            transaction,
            call.tenant_id,
            proof_mail(Kind(method), call, address, challenge, user),
            lambda row: challenges.open_challenge(connection, challenge, row, event),
        )
        return MailQueued(mail.id, challenge.expires_at)

    def _last_method(self, connection: Connection, call: Call, address: Address) -> ResetMethod:
        kind = notifications.newest_kind(
            connection,
            call.tenant_id,
            address.key,
            (ResetMethod.LINK, ResetMethod.CODE),
            since=self._now() - _REMEMBERED,
        )
        return ResetMethod(kind) if kind else ResetMethod.LINK
