"""The mails that more than one journey sends."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from identity_service.calls.call import Call
from identity_service.identity.addresses import Address
from identity_service.notification.kinds import Kind
from identity_service.notification.outbox import Draft
from identity_service.storage.rows import Challenge, Registration, User

DEFAULT_LOCALE = "en"
"""For whom nobody knows a language of."""

_LONGEST_DOMAIN_SHOWN = 64


@dataclass(frozen=True, slots=True)
class MailQueued:
    """The mail that was queued, and until when what it carries can be used."""

    notification_id: UUID
    expires_at: datetime


def verification_mail(registration: Registration, challenge: Challenge) -> Draft:
    """The mail that asks to prove the address of a registration."""
    return Draft(
        kind=Kind.VERIFICATION,
        recipient=registration.email,
        recipient_key=registration.address_key,
        locale=registration.locale,
        context={"given_name": registration.given_name},
        user_type=registration.user_type,
        challenge_id=challenge.id,
        expires_at=challenge.expires_at,
    )


def proof_mail(kind: Kind, call: Call, address: Address, challenge: Challenge, user: User | None) -> Draft:
    """The mail with a proof for whoever has the address. Without a user it is a decoy."""
    return Draft(
        kind=kind,
        recipient=user.email if user else address.text,
        recipient_key=address.key,
        locale=user.locale if user else call.locale or DEFAULT_LOCALE,
        context={"given_name": user.given_name if user else "", "ip_address": call.ip_address},
        user_type=user.user_type if user else None,
        challenge_id=challenge.id,
        expires_at=challenge.expires_at,
        decoy=user is None,
    )


def welcome_mail(user: User) -> Draft:
    """The mail that greets a new user."""
    return Draft(
        kind=Kind.WELCOME,
        recipient=user.email,
        recipient_key=user.address_key,
        locale=user.locale,
        context={"given_name": user.given_name},
        user_id=user.id,
        user_type=user.user_type,
    )


def address_taken_mail(call: Call, owner: User) -> Draft:
    """The mail that tells the owner of an address that somebody else wanted it. Of that person it says nothing."""
    return Draft(
        kind=Kind.ADDRESS_TAKEN,
        recipient=owner.email,
        recipient_key=owner.address_key,
        locale=owner.locale,
        context={"given_name": owner.given_name, "ip_address": call.ip_address},
        user_type=owner.user_type,
    )


def address_hint(address: str) -> str:
    """`a•••@example.com`: enough for whoever owns an address to know it, too little for others to write to it."""
    local_part, _, domain = address.rpartition("@")
    shown = domain if len(domain) <= _LONGEST_DOMAIN_SHOWN else "•••" + domain[-_LONGEST_DOMAIN_SHOWN:]
    return f"{local_part[:1]}•••@{shown}"


def password_changed_mail(call: Call, user: User) -> Draft:
    """The mail that tells a user of a new password, with the way back for who did not set it."""
    return Draft(
        kind=Kind.PASSWORD_CHANGED,
        recipient=user.email,
        recipient_key=user.address_key,
        locale=user.locale,
        context={"given_name": user.given_name, "ip_address": call.ip_address},
        user_id=user.id,
        user_type=user.user_type,
    )
