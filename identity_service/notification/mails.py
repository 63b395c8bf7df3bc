"""Writes the mail of a notification: its code or link is derived here, in the moment of sending, and kept nowhere."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Protocol

from identity_service.notification.kinds import Kind
from identity_service.notification.rendering.brand import Brand
from identity_service.notification.rendering.compose import Composer
from identity_service.notification.rendering.contexts import (
    AddressTaken,
    AnyContext,
    OneTimeCode,
    Verification,
    Welcome,
)
from identity_service.notification.rendering.renderer import Renderer
from identity_service.notification.senders.base import OutgoingMail
from identity_service.storage.rows import Challenge, Notification


class Proofs(Protocol):
    """Derives what a mail asks its reader to bring back."""

    def code(self, challenge: Challenge) -> str:
        """The six digits of a challenge."""

    def link_token(self, challenge: Challenge) -> str:
        """The token of a challenge's link."""


class MailWriter:
    """Renders and composes the mails of one brand and sender."""

    def __init__(self, renderer: Renderer, composer: Composer, brand: Brand, proofs: Proofs) -> None:
        self._renderer = renderer
        self._composer = composer
        self._brand = brand
        self._proofs = proofs
        self._contexts: Mapping[Kind, Callable[[Notification, Challenge | None], AnyContext]] = {
            Kind.VERIFICATION: self._verification,
            Kind.ONE_TIME_CODE: self._one_time_code,
            Kind.WELCOME: self._welcome,
            Kind.ADDRESS_TAKEN: self._address_taken,
        }

    def write(self, notification: Notification, challenge: Challenge | None) -> OutgoingMail:
        """The mail, the same at every attempt. Raises whatever a broken template or a missing challenge raises."""
        kind = Kind(notification.kind)
        context = self._contexts[kind](notification, challenge)
        rendered = self._renderer.render(kind, notification.locale, context, self._brand)
        message = self._composer.compose(
            rendered,
            notification_id=notification.id,
            recipient=notification.recipient,
            sent_at=notification.created_at,
        )
        return OutgoingMail(notification.id, self._composer.envelope_from, notification.recipient, message)

    def _verification(self, notification: Notification, challenge: Challenge | None) -> Verification:
        required = _required(challenge)
        return Verification(
            notification.context["given_name"],
            code=self._proofs.code(required),
            link=f"{self._brand.public_url}/verify-email?token={self._proofs.link_token(required)}",
            expires_in=_lifetime(required),
        )

    def _one_time_code(self, notification: Notification, challenge: Challenge | None) -> OneTimeCode:
        required = _required(challenge)
        return OneTimeCode(
            notification.context["given_name"],
            code=self._proofs.code(required),
            expires_in=_lifetime(required),
            requested_at=notification.created_at,
            ip_address=notification.context["ip_address"] or None,
        )

    def _welcome(self, notification: Notification, _challenge: Challenge | None) -> Welcome:
        return Welcome(notification.context["given_name"])

    def _address_taken(self, notification: Notification, _challenge: Challenge | None) -> AddressTaken:
        return AddressTaken(
            notification.context["given_name"],
            requested_at=notification.created_at,
            ip_address=notification.context["ip_address"] or None,
        )


def _required(challenge: Challenge | None) -> Challenge:
    if challenge is None:
        raise LookupError("the challenge of this mail is gone")
    return challenge


def _lifetime(challenge: Challenge) -> timedelta:
    return challenge.expires_at - challenge.created_at
