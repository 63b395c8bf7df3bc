"""Writes the mail of a notification, in the look and from the address of its tenant."""

from collections.abc import Callable

from identity_service.notification.contents import Origin, Proofs, context_of
from identity_service.notification.kinds import Kind
from identity_service.notification.rendering.brand import Brand
from identity_service.notification.rendering.compose import Composer
from identity_service.notification.rendering.contexts import AnyContext
from identity_service.notification.rendering.prepared_message import PreparedMessage
from identity_service.notification.rendering.renderer import Renderer
from identity_service.notification.senders.base import OutgoingMail
from identity_service.storage.rows import Challenge, Notification

Brands = Callable[[str], Brand]
"""How the mails of a tenant look."""

Composers = Callable[[str], Composer]
"""Who the mails of a tenant come from."""


class MailWriter:
    """Renders and composes mails. Safe to share between threads."""

    def __init__(self, renderer: Renderer, composers: Composers, brands: Brands, proofs: Proofs) -> None:
        self._renderer = renderer
        self._composers = composers
        self._brands = brands
        self._proofs = proofs

    def write(
        self, notification: Notification, challenge: Challenge | None, unsubscribe_url: str | None = None
    ) -> OutgoingMail:
        """The mail, the same at every attempt. Raises whatever a broken template or a missing challenge raises."""
        kind, brand = Kind(notification.kind), self._brands(notification.tenant_id)
        context = context_of(Origin(notification, challenge, brand, self._proofs))
        rendered = self._renderer.render(kind, notification.locale, context, brand, unsubscribe_url)
        composer = self._composers(notification.tenant_id)
        message = composer.compose(
            rendered,
            notification_id=notification.id,
            recipient=notification.recipient,
            sent_at=notification.created_at,
            unsubscribe_url=unsubscribe_url,
        )
        return OutgoingMail(notification.id, composer.envelope_from, notification.recipient, message)

    def prepare(
        self,
        tenant_id: str,
        kind: Kind,
        locale: str,
        context: AnyContext,
        user_type: str | None = None,
        *,
        unsubscribable: bool = False,
    ) -> PreparedMessage:
        """The mail for many recipients of one language and user type, whose names are still to come.

        See `rendering.prepared` for how to use it. Raises whatever a broken template raises.
        """
        brand = self._brands(tenant_id)
        mail = self._renderer.prepare(kind, locale, context, brand, unsubscribable=unsubscribable)
        return PreparedMessage(self._composers(tenant_id), mail)
