"""The mails that more than one journey sends."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from identity_service.notification.kinds import Kind
from identity_service.notification.outbox import Draft
from identity_service.storage.rows import Challenge, Registration

DEFAULT_LOCALE = "en"
"""For whom nobody knows a language of."""


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
        challenge_id=challenge.id,
        expires_at=challenge.expires_at,
    )
