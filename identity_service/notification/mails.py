"""Writes the mail of a notification, in the look and from the address of its tenant."""

from collections.abc import Callable
from typing import TypeVar

import structlog

from identity_service.notification.contents import Origin, Proofs, context_of
from identity_service.notification.kinds import Kind
from identity_service.notification.overrides import Overrides
from identity_service.notification.rendering.brand import Brand
from identity_service.notification.rendering.compose import Composer
from identity_service.notification.rendering.contexts import AnyContext
from identity_service.notification.rendering.overrides.source import Override
from identity_service.notification.rendering.prepared_message import PreparedMessage
from identity_service.notification.rendering.renderer import Renderer
from identity_service.notification.senders.base import OutgoingMail
from identity_service.storage.rows import Challenge, Notification

log = structlog.get_logger(__name__)

Made = TypeVar("Made")
Brands = Callable[[str], Brand]
"""How the mails of a tenant look."""

Composers = Callable[[str], Composer]
"""Who the mails of a tenant come from."""


class MailWriter:
    """Renders and composes mails. Safe to share between threads."""

    def __init__(
        self,
        renderer: Renderer,
        composers: Composers,
        brands: Brands,
        proofs: Proofs,
        overrides: Overrides,
    ) -> None:
        self._renderer = renderer
        self._overrides = overrides
        self._composers = composers
        self._brands = brands
        self._proofs = proofs

    def write(
        self, notification: Notification, challenge: Challenge | None, unsubscribe_url: str | None = None
    ) -> OutgoingMail:
        """The mail, the same at every attempt. Raises whatever a broken template or a missing challenge raises."""
        kind, brand = Kind(notification.kind), self._brands(notification.tenant_id)
        context = context_of(Origin(notification, challenge, brand, self._proofs))
        rendered = self._overridden(
            notification.tenant_id,
            kind,
            notification.user_type,
            notification.locale,
            lambda override: self._renderer.render(
                kind, notification.locale, context, brand, unsubscribe_url, override
            ),
        )
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
        mail = self._overridden(
            tenant_id,
            kind,
            user_type,
            locale,
            lambda override: self._renderer.prepare(
                kind, locale, context, brand, unsubscribable=unsubscribable, override=override
            ),
        )
        return PreparedMessage(self._composers(tenant_id), mail)

    def _overridden(
        self, tenant_id: str, kind: Kind, user_type: str | None, locale: str, make: Callable[[Override | None], Made]
    ) -> Made:
        """What `make` makes of the tenant's own template, or of ours if there is none or it fails: no mail is lost."""
        override = self._overrides.find(tenant_id, kind, user_type, self._renderer.language_of(locale))
        if override is None:
            return make(None)
        try:
            return make(override)
        except Exception:
            log.exception("template_override_failed", tenant_id=tenant_id, template=override.name)
            return make(None)
