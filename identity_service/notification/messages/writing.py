"""Writes the mails of a message: prepared once for a language and a user type, then filled for each recipient."""

import time

from identity_service.notification.kinds import Kind
from identity_service.notification.mails import MailWriter
from identity_service.notification.rendering.contexts import AnyContext, Notice, Welcome
from identity_service.notification.rendering.prepared_message import PreparedMessage
from identity_service.notification.senders.base import OutgoingMail
from identity_service.notification.unsubscribe_links import Subscription, UnsubscribeLinks
from identity_service.storage.rows import Message, Notification

KEPT_SECONDS = 5.0
"""How long mails may look as they did: preparing one takes as long as writing hundreds."""


class MessageWriter:
    """Writes for any number of messages. Safe to share between threads."""

    def __init__(self, writer: MailWriter, links: UnsubscribeLinks) -> None:
        self._writer = writer
        self._links = links
        self._kept: Writing | None = None

    def begin(self, message: Message) -> "Writing":
        """What writes the mails of one batch. It is kept for the next of the same message, for a few seconds."""
        kept = self._kept
        if kept is None or not kept.may_serve(message):
            kept = self._kept = Writing(message, self._writer, self._links)
        return kept


class Writing:
    """Writes mails of one message, for some seconds: after that a brand or a template may have changed."""

    def __init__(self, message: Message, writer: MailWriter, links: UnsubscribeLinks) -> None:
        self._message = message
        self._writer = writer
        self._links = links
        self._prepared: dict[tuple[str, str | None, bool], PreparedMessage] = {}
        self._until = time.monotonic() + KEPT_SECONDS

    def may_serve(self, message: Message) -> bool:
        """Whether this is what writes that message, and is not too old."""
        own = self._message
        return (own.tenant_id, own.id) == (message.tenant_id, message.id) and time.monotonic() < self._until

    def write(self, row: Notification) -> OutgoingMail:
        """The mail, the same at every attempt. Raises whatever a broken template or a wrong address raises."""
        url = self._unsubscribe_url(row)
        return self._prepared_for(row, unsubscribable=url is not None).for_recipient(
            notification_id=row.id,
            recipient=row.recipient,
            given_name=row.context["given_name"],
            sent_at=row.created_at,
            unsubscribe_url=url,
        )

    def _prepared_for(self, row: Notification, *, unsubscribable: bool) -> PreparedMessage:
        key = row.locale, row.user_type, unsubscribable
        prepared = self._prepared.get(key)
        if prepared is None:
            kind, context = Kind(row.kind), _context_of(self._message)
            prepared = self._prepared[key] = self._writer.prepare(
                row.tenant_id, kind, row.locale, context, row.user_type, unsubscribable=unsubscribable
            )
        return prepared

    def _unsubscribe_url(self, row: Notification) -> str | None:
        if row.user_id is None:
            return None
        return self._links.url(Subscription(row.tenant_id, row.user_id, self._message.category))


def _context_of(message: Message) -> AnyContext:
    """What the mail says to all."""
    if message.kind == Kind.WELCOME:
        return Welcome("")
    return Notice("", message.subject or "", message.body or "", message.data)
