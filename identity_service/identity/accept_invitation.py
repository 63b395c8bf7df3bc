"""Accepting an invitation: the proof of its mail makes the user, with a password that only this person has chosen.

The invitation of an inviter who was suspended or deleted since is refused: nobody vouches for it any more.
"""

from dataclasses import dataclass, field

from identity_service.calls.audit import AuditTrail, Event
from identity_service.calls.call import Call
from identity_service.calls.once import Once
from identity_service.clock import Clock
from identity_service.identity.addresses import Address
from identity_service.identity.challenge_secrets import Purpose
from identity_service.identity.challenges import Challenges, LinkToken
from identity_service.identity.errors import PasswordConfirmationMismatch, ProofRejected
from identity_service.identity.mails import welcome_mail
from identity_service.identity.passwords import ChosenPassword, NewPasswords
from identity_service.identity.users import ProvedUser, UserProfile
from identity_service.notification.outbox import Outbox
from identity_service.storage.database import Connection, Database, Transaction
from identity_service.storage.errors import RowConflict
from identity_service.storage.queries import accounts, invitations, notifications
from identity_service.storage.rows import Challenge, Invitation, User, UserState


@dataclass(frozen=True, slots=True)
class AcceptCommand:
    """What the invited person gave. Without a locale it stays that of the invitation."""

    token: str = field(repr=False)
    password: str = field(repr=False)
    password_confirmation: str | None = field(default=None, repr=False)
    given_name: str = ""
    family_name: str = ""
    locale: str = ""


class AcceptInvitation:
    """The journey of AccountService.AcceptInvitation."""

    def __init__(
        self,
        *,
        database: Database,
        once: Once,
        challenges: Challenges,
        passwords: NewPasswords,
        outbox: Outbox,
        audit: AuditTrail,
        clock: Clock,
    ) -> None:
        self._database = database
        self._once = once
        self._challenges = challenges
        self._passwords = passwords
        self._outbox = outbox
        self._audit = audit
        self._now = clock

    def __call__(self, call: Call, command: AcceptCommand) -> ProvedUser:
        """Raises `ProofRejected`, and `PasswordRefused` and `LimitExceeded`, which leave the invitation as it was."""
        return self._once.unless_answered(call, ProvedUser, lambda: self._prove(call, command))

    def _prove(self, call: Call, command: AcceptCommand) -> ProvedUser:
        if command.password_confirmation not in (None, command.password):
            raise PasswordConfirmationMismatch()
        challenge = self._challenges.proved(call, Purpose.INVITATION, LinkToken(command.token)).challenge
        with (
            self._challenges.refusals_of(call, challenge),
            self._passwords.chosen(command.password, "password") as chosen,  # last: a false link takes no place
        ):
            return self._accept(call, command, challenge, chosen)

    def _accept(self, call: Call, command: AcceptCommand, challenge: Challenge, chosen: ChosenPassword) -> ProvedUser:
        invitation = self._invitation(challenge)
        address = Address(invitation.email, invitation.address_key)
        chosen.judge(call, address, (command.given_name, command.family_name))
        user = self._user(command, invitation, chosen.hash())
        return self._once.run(
            call, ProvedUser, lambda transaction: self._record(transaction, call, challenge, invitation, user)
        )

    def _invitation(self, challenge: Challenge) -> Invitation:
        if challenge.subject_id is None:
            raise ProofRejected()
        with self._database.connect() as connection:
            invitation = invitations.by_id(connection, challenge.tenant_id, challenge.subject_id)
        if invitation is None:
            raise ProofRejected()
        return invitation

    def _user(self, command: AcceptCommand, invitation: Invitation, password_hash: str) -> User:
        now = self._now()
        return User(
            tenant_id=invitation.tenant_id,
            id=invitation.id,
            email=invitation.email,
            address_key=invitation.address_key,
            password_hash=password_hash,
            given_name=command.given_name,
            family_name=command.family_name,
            user_type=invitation.user_type,
            locale=command.locale or invitation.locale,
            state=UserState.ACTIVE,
            created_at=now,
            email_verified_at=now,
        )

    def _record(
        self, transaction: Transaction, call: Call, challenge: Challenge, invitation: Invitation, user: User
    ) -> ProvedUser:
        connection = transaction.connection
        self._challenges.use(transaction, challenge)
        if not _is_vouched_for(connection, invitation):
            raise ProofRejected()
        try:
            accounts.insert_user(connection, user)
        except RowConflict:  # the address got a user since the mail was sent
            raise ProofRejected() from None
        invitations.accept(connection, invitation, user.created_at)
        event = self._audit.event(call, Event.INVITATION_ACCEPTED, user_id=user.id, subject_id=invitation.id)
        welcome = self._outbox.put(
            transaction,
            call.tenant_id,
            welcome_mail(user),
            lambda row: notifications.put(connection, row, event),
        )
        return ProvedUser(UserProfile.of(user), welcome.id)


def _is_vouched_for(connection: Connection, invitation: Invitation) -> bool:
    inviter = accounts.user_by_id(connection, invitation.tenant_id, invitation.inviter_user_id)
    return inviter is not None and inviter.state == UserState.ACTIVE
