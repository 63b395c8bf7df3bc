"""Inviting: a user names an address and a type, and a mail to that address carries the way in.

An address that has a user gets the same rows and the same answer; its mail is a decoy. Nothing that the inviter could
write gets into the mail, but for the name, which is cleaned there like any other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from identity_service.calls.audit import AuditTrail, Event
from identity_service.calls.call import Call
from identity_service.calls.once import Once
from identity_service.identity.addresses import Address, parse_address
from identity_service.identity.challenge_secrets import Purpose
from identity_service.identity.challenges import Challenges
from identity_service.identity.errors import EmailTaken, UserNotFound, UserSuspended
from identity_service.identity.limits import Limiter, Rule
from identity_service.identity.register import RegistrationRules
from identity_service.ids import new_id
from identity_service.notification.kinds import Kind
from identity_service.notification.outbox import Draft, Outbox
from identity_service.storage.database import Transaction
from identity_service.storage.queries import accounts, invitations
from identity_service.storage.rows import Challenge, Invitation, User, UserState


@dataclass(frozen=True, slots=True)
class InviteCommand:
    """Who invites which address to be what. Without a locale the invited person gets that of the call."""

    inviter_user_id: UUID
    email: str
    user_type: str
    locale: str = ""


@dataclass(frozen=True, slots=True)
class Invited:
    """`invitation_id` is the id that the user will have who accepts, which is possible until `expires_at`.

    Without the address, because this is kept for repeated calls, and may be about somebody who has a user already.
    """

    invitation_id: UUID
    notification_id: UUID
    expires_at: datetime


class Invite:
    """The journey of AccountService.InviteUser."""

    def __init__(
        self,
        *,
        once: Once,
        challenges: Challenges,
        outbox: Outbox,
        audit: AuditTrail,
        limiter: Limiter,
        rules: Callable[[str], RegistrationRules],
    ) -> None:
        self._once = once
        self._challenges = challenges
        self._outbox = outbox
        self._audit = audit
        self._limiter = limiter
        self._rules_of = rules

    def __call__(self, call: Call, command: InviteCommand) -> Invited:
        """Raises `InvalidInput`, `LimitExceeded`, `UserNotFound` and `UserSuspended` of the inviter, and `EmailTaken`
        where addresses are not hidden."""
        if answer := self._once.answered(call, Invited):
            return answer
        address = parse_address(command.email)
        self._limiter.hit_all(
            call, (Rule.INVITATION, str(command.inviter_user_id)), (Rule.INVITATION_ADDRESS, address.key)
        )
        return self._once.run(
            call, Invited, lambda transaction: self._record(transaction, call, command, address), single_write=True
        )

    def _record(self, transaction: Transaction, call: Call, command: InviteCommand, address: Address) -> Invited:
        inviter = self._inviter(transaction, call, command.inviter_user_id)
        owner = accounts.user_by_address(transaction.connection, call.tenant_id, address.key)
        if owner and not self._rules_of(call.tenant_id).hides_taken_addresses:
            raise EmailTaken()
        invitation_id = new_id()
        challenge = self._challenges.new(
            call.tenant_id, Purpose.INVITATION, address, subject_id=None if owner else invitation_id
        )
        locale = command.locale or call.locale or inviter.locale
        invitation = _invitation(invitation_id, command, address, locale, challenge)
        event = self._audit.event(call, Event.USER_INVITED, user_id=inviter.id, subject_id=invitation.id)
        mail = self._outbox.put(
            transaction,
            call.tenant_id,
            _mail(invitation, challenge, inviter, decoy=owner is not None),
            lambda row: invitations.send(transaction.connection, invitation, challenge, row, event),
        )
        return Invited(invitation.id, mail.id, challenge.expires_at)

    def _inviter(self, transaction: Transaction, call: Call, user_id: UUID) -> User:
        inviter = accounts.user_by_id(transaction.connection, call.tenant_id, user_id)
        if inviter is None:
            raise UserNotFound()
        if inviter.state != UserState.ACTIVE:
            raise UserSuspended()
        return inviter


def _invitation(
    invitation_id: UUID, command: InviteCommand, address: Address, locale: str, challenge: Challenge
) -> Invitation:
    return Invitation(
        tenant_id=challenge.tenant_id,
        id=invitation_id,
        inviter_user_id=command.inviter_user_id,
        email=address.text,
        address_key=address.key,
        user_type=command.user_type,
        locale=locale,
        created_at=challenge.created_at,
        expires_at=challenge.expires_at,
    )


def _mail(invitation: Invitation, challenge: Challenge, inviter: User, *, decoy: bool) -> Draft:
    return Draft(
        kind=Kind.INVITATION,
        recipient=invitation.email,
        recipient_key=invitation.address_key,
        locale=invitation.locale,
        context={"inviter_name": f"{inviter.given_name} {inviter.family_name}".strip()},
        user_id=invitation.id,
        user_type=invitation.user_type,
        challenge_id=challenge.id,
        expires_at=challenge.expires_at,
        decoy=decoy,
    )
