"""Confirming another address: the user moves to it, and the old mailbox opens nothing any more.

Sessions stay: the person is the same. All other changes that the user asked for end with the one that is confirmed.
"""

from dataclasses import dataclass, field, replace
from uuid import UUID

from identity_service.calls.audit import AuditTrail, Event
from identity_service.calls.call import Call
from identity_service.calls.once import Once
from identity_service.clock import Clock
from identity_service.identity.addresses import Address
from identity_service.identity.challenge_secrets import Purpose
from identity_service.identity.challenges import Challenges, EmailCode, LinkToken
from identity_service.identity.errors import ProofRejected
from identity_service.identity.mails import address_hint
from identity_service.identity.users import ProvedUser, UserProfile
from identity_service.notification.kinds import Kind
from identity_service.notification.outbox import Draft, Outbox
from identity_service.storage.database import Connection, Database, Transaction
from identity_service.storage.errors import RowConflict
from identity_service.storage.queries import accounts, email_changes, notifications
from identity_service.storage.queries.attempts import LiveChallenge
from identity_service.storage.rows import Challenge, EmailChange, User


@dataclass(frozen=True, slots=True)
class UserCode:
    """The digits that a user got at the address wished for last."""

    user_id: UUID
    code: str = field(repr=False)


class ConfirmEmailChange:
    """The journey of AccountService.ConfirmEmailChange."""

    def __init__(
        self,
        *,
        database: Database,
        once: Once,
        challenges: Challenges,
        outbox: Outbox,
        audit: AuditTrail,
        clock: Clock,
    ) -> None:
        self._database = database
        self._once = once
        self._challenges = challenges
        self._outbox = outbox
        self._audit = audit
        self._now = clock

    def __call__(self, call: Call, proof: LinkToken | UserCode) -> ProvedUser:
        """Raises `ProofRejected`, also when somebody else got the address first, and `LimitExceeded`."""
        return self._once.unless_answered(call, ProvedUser, lambda: self._confirm(call, proof))

    def _confirm(self, call: Call, proof: LinkToken | UserCode) -> ProvedUser:
        challenge = self._proved(call, proof).challenge
        with self._challenges.refusals_of(call, challenge):
            return self._once.run(call, ProvedUser, lambda transaction: self._move(transaction, call, challenge))

    def _proved(self, call: Call, proof: LinkToken | UserCode) -> LiveChallenge:
        if isinstance(proof, LinkToken):
            return self._challenges.proved(call, Purpose.CHANGE_EMAIL, proof)
        self._challenges.admit_code(call)
        return self._challenges.proved_by_admitted(call, Purpose.CHANGE_EMAIL, self._email_code(call, proof))

    def _email_code(self, call: Call, proof: UserCode) -> EmailCode:
        """The code with its address. A user who wished for none has the same attempts, at an address of nobody's."""
        with self._database.connect() as connection:
            change = email_changes.newest(connection, call.tenant_id, proof.user_id, self._now())
        key = change.new_address_key if change else str(proof.user_id)
        return EmailCode(Address("", key), proof.code, user_id=proof.user_id)

    def _move(self, transaction: Transaction, call: Call, challenge: Challenge) -> ProvedUser:
        connection, now = transaction.connection, self._now()
        self._challenges.use(transaction, challenge)
        user, change = _asked(connection, challenge)
        # Before the user's row, as a reset locks them: the other way round the two could wait for one another.
        email_changes.use_up_old_address(connection, user, now)
        moved = replace(user, email=change.new_email, address_key=change.new_address_key, email_verified_at=now)
        if not _is_moved(connection, user, moved, change) or not email_changes.end_all(connection, change, user, now):
            raise ProofRejected()
        email_changes.leave_old_address(connection, user)
        event = self._audit.event(call, Event.EMAIL_CHANGED, user_id=user.id, subject_id=change.id)
        notice = self._outbox.put(
            transaction,
            call.tenant_id,
            _notice(call, user, change),
            lambda row: notifications.put(connection, row, event),
        )
        return ProvedUser(UserProfile.of(moved), notice.id)


def _asked(connection: Connection, challenge: Challenge) -> tuple[User, EmailChange]:
    """Who asked for the address, and how. Raises `ProofRejected` for a challenge that belongs to nobody."""
    if challenge.user_id is None or challenge.subject_id is None:
        raise ProofRejected()
    user = accounts.user_by_id(connection, challenge.tenant_id, challenge.user_id)
    change = email_changes.by_id(connection, challenge.tenant_id, challenge.subject_id)
    if user is None or change is None:
        raise ProofRejected()
    return user, change


def _is_moved(connection: Connection, user: User, moved: User, change: EmailChange) -> bool:
    """False when the user may not move any more, or somebody else has the address."""
    try:
        return accounts.move_user(connection, user, moved, asked_at=change.created_at)
    except RowConflict:
        return False


def _notice(call: Call, user: User, change: EmailChange) -> Draft:
    return Draft(
        kind=Kind.EMAIL_CHANGED,
        recipient=user.email,
        recipient_key=user.address_key,
        locale=user.locale,
        context={
            "given_name": user.given_name,
            "new_email_hint": address_hint(change.new_email),
            "ip_address": call.ip_address,
        },
        user_id=user.id,
        user_type=user.user_type,
    )
