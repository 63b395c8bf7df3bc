"""Registration: an attempt that becomes a user once the address is proved.

Nothing is said about whether the address has a user: both cases write the same rows and queue one mail. An attempt
owns its password, so that nobody's proof can ever activate somebody else's.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from identity_service.calls.audit import AuditTrail, Event
from identity_service.calls.call import Call
from identity_service.calls.once import Once
from identity_service.identity.addresses import Address, parse_address
from identity_service.identity.challenge_secrets import Purpose
from identity_service.identity.challenges import Challenges
from identity_service.identity.errors import EmailTaken, PasswordConfirmationMismatch, UserTypeNotAllowed
from identity_service.identity.limits import Limiter, Rule, network_of
from identity_service.identity.mails import DEFAULT_LOCALE, address_taken_mail, verification_mail
from identity_service.identity.passwords import ChosenPassword, NewPasswords
from identity_service.ids import new_id
from identity_service.notification.outbox import Draft, Outbox
from identity_service.storage.database import Transaction
from identity_service.storage.queries import accounts
from identity_service.storage.rows import Challenge, Registration, User


@dataclass(frozen=True, slots=True)
class RegisterCommand:
    """What a person gave to register."""

    email: str
    password: str = field(repr=False)
    password_confirmation: str | None = field(default=None, repr=False)
    given_name: str = ""
    family_name: str = ""
    user_type: str = ""
    locale: str = ""


@dataclass(frozen=True, slots=True)
class Registered:
    """`user_id` is the id the user will have once the address is proved, which is possible until `expires_at`."""

    user_id: UUID
    notification_id: UUID
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class RegistrationRules:
    """Who may register: the user types in question, the first for those who name none."""

    user_types: tuple[str, ...]
    hides_taken_addresses: bool = True


class Register:
    """The journey of AccountService.RegisterUser."""

    def __init__(
        self,
        *,
        once: Once,
        challenges: Challenges,
        outbox: Outbox,
        audit: AuditTrail,
        limiter: Limiter,
        passwords: NewPasswords,
        rules: Callable[[str], RegistrationRules],
    ) -> None:
        self._once = once
        self._challenges = challenges
        self._outbox = outbox
        self._audit = audit
        self._limiter = limiter
        self._passwords = passwords
        self._rules_of = rules

    def __call__(self, call: Call, command: RegisterCommand) -> Registered:
        """Raises `InvalidInput`, `LimitExceeded`, and `EmailTaken` where addresses are not hidden."""
        if answer := self._once.answered(call, Registered):
            return answer
        rules = self._rules_of(call.tenant_id)
        address = _checked(command, rules)
        with self._passwords.chosen(command.password, "password") as chosen:
            return self._register(call, command, address, chosen, rules)

    def _register(
        self, call: Call, command: RegisterCommand, address: Address, chosen: ChosenPassword, rules: RegistrationRules
    ) -> Registered:
        chosen.judge(call, address, (command.given_name, command.family_name))
        self._limiter.hit_all(call, (Rule.REGISTER, network_of(call.ip_address)), (Rule.REGISTER_ADDRESS, address.key))
        registration_id = new_id()
        challenge = self._challenges.new(call.tenant_id, Purpose.VERIFY_EMAIL, address, subject_id=registration_id)
        registration = Registration(
            tenant_id=call.tenant_id,
            id=registration_id,
            email=address.text,
            address_key=address.key,
            password_hash=chosen.hash(),
            given_name=command.given_name,
            family_name=command.family_name,
            user_type=command.user_type or rules.user_types[0],
            locale=command.locale or call.locale or DEFAULT_LOCALE,
            created_at=challenge.created_at,
            expires_at=challenge.expires_at,
        )
        return self._once.run(
            call,
            Registered,
            lambda transaction: self._record(transaction, call, registration, challenge, rules),
            single_write=True,
        )

    def _record(
        self,
        transaction: Transaction,
        call: Call,
        registration: Registration,
        challenge: Challenge,
        rules: RegistrationRules,
    ) -> Registered:
        owner = accounts.user_by_address(transaction.connection, call.tenant_id, registration.address_key)
        if owner and not rules.hides_taken_addresses:
            raise EmailTaken()
        event = self._audit.event(
            call,
            Event.REGISTRATION_OF_TAKEN_ADDRESS if owner else Event.USER_REGISTERED,
            user_id=owner.id if owner else registration.id,  # so that it can be found by the user it becomes
            subject_id=registration.id,
        )
        mail = self._outbox.put(
            transaction,
            call.tenant_id,
            self._mail(call, registration, challenge, owner),
            lambda row: accounts.register(transaction.connection, registration, challenge, row, event),
        )
        return Registered(registration.id, mail.id, challenge.expires_at)

    def _mail(self, call: Call, registration: Registration, challenge: Challenge, owner: User | None) -> Draft:
        if owner is None:
            return verification_mail(registration, challenge)
        return address_taken_mail(call, owner)


def _checked(command: RegisterCommand, rules: RegistrationRules) -> Address:
    """The address, once all is right that can be told by the command itself."""
    address = parse_address(command.email)
    if command.user_type and command.user_type not in rules.user_types:
        raise UserTypeNotAllowed()
    if command.password_confirmation not in (None, command.password):
        raise PasswordConfirmationMismatch()
    return address
