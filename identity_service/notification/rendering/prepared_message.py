"""The message of a prepared mail: all of it is written once, and each recipient's own bytes are put in between."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cached_property, lru_cache, partial
from uuid import UUID, uuid4

from identity_service.notification.rendering.bodies import MarkedBody, as_html, as_it_is
from identity_service.notification.rendering.compose import Composer, is_unsubscribe_link
from identity_service.notification.rendering.names import display_name
from identity_service.notification.rendering.prepared import PreparedMail
from identity_service.notification.rendering.rendered import RenderedMail
from identity_service.notification.senders.base import MailParts, OutgoingMail, ReadyMessage
from identity_service.notification.senders.content import content_of
from identity_service.notification.senders.parts import parts_of

# The addresses that are written in To as they are, and fit on its line. All others are left to `email`.
_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*@[a-z0-9-]+(\.[a-z0-9-]+)+")
_LONGEST_PLAIN_ADDRESS = 64
_SOME_TIME = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
_date = lru_cache(maxsize=256)(format_datetime)


class PreparedMessage:
    """Writes the mails of one prepared mail. Safe to share between threads."""

    def __init__(self, composer: Composer, mail: PreparedMail) -> None:
        self._composer = composer
        self._mail = mail
        self._shown_name = lru_cache(maxsize=4096)(display_name)

    def for_recipient(
        self,
        *,
        notification_id: UUID,
        recipient: str,
        given_name: str,
        sent_at: datetime,
        unsubscribe_url: str | None = None,
    ) -> OutgoingMail:
        """One recipient's mail, the same to the byte as the one composed for this recipient alone.

        Raises AddressRefusedError, and ValueError for a link that no header can hold or that has no place in the mail.
        """
        if (unsubscribe_url is None) != (self._mail.link_mark is None):
            raise ValueError("a mail is prepared either with an unsubscribe link or without")
        ordinary = partial(self._ordinary, notification_id, recipient, given_name, sent_at, unsubscribe_url)
        if not (_is_plain(recipient) and is_unsubscribe_link(unsubscribe_url)):
            return ordinary()
        name = self._shown_name(given_name)
        frame = self._named if name else self._nameless
        data = frame.filled(recipient, _date(sent_at.astimezone(UTC)), str(notification_id), name, unsubscribe_url)
        ready = ReadyMessage(data, partial(_parts, ordinary))
        return OutgoingMail(notification_id, self._composer.envelope_from, recipient, ready)

    @cached_property
    def _named(self) -> "_Frame":
        return _Frame(self._composer, self._mail, self._mail.named)

    @cached_property
    def _nameless(self) -> "_Frame":
        return _Frame(self._composer, self._mail, self._mail.nameless)

    def _ordinary(
        self, notification_id: UUID, recipient: str, given_name: str, sent_at: datetime, unsubscribe_url: str | None
    ) -> OutgoingMail:
        message = self._composer.compose(
            self._mail.render(given_name, unsubscribe_url),
            notification_id=notification_id,
            recipient=recipient,
            sent_at=sent_at,
            unsubscribe_url=unsubscribe_url,
        )
        return OutgoingMail(notification_id, self._composer.envelope_from, recipient, message)


class _Frame:
    """The bytes of a message, cut where recipients differ."""

    def __init__(self, composer: Composer, mail: PreparedMail, rendered: RenderedMail) -> None:
        marks = [mail.name_mark, *([mail.link_mark] if mail.link_mark else [])]
        self._text = MarkedBody(rendered.text, marks, as_it_is)
        self._html = MarkedBody(rendered.html, marks, as_html)
        self._marks = self._head_marks(mail)
        self._pieces = self._cut(self._written(composer, mail, rendered))

    def filled(self, recipient: str, date: str, notification_id: str, name: str, link: str | None) -> bytes:
        """The message with these values."""
        in_bodies = [name] if link is None else [name, link]
        values = [value.encode("ascii") for value in (recipient, date, notification_id, link or "")]
        values += [self._text.filled(in_bodies), self._html.filled(in_bodies)]
        by_mark = dict(zip(self._marks, values, strict=True))
        pieces = list(self._pieces)
        pieces[1::2] = [by_mark[mark] for mark in pieces[1::2]]
        return b"".join(pieces)

    def _head_marks(self, mail: PreparedMail) -> list[bytes]:
        """Of the recipient, the date, the id, the link and the two bodies."""
        recipient, identity = f"{mail.name_mark}@example.com", str(uuid4())
        bodies = (f"{mail.name_mark}Text", f"{mail.name_mark}Html")
        marks = (recipient, format_datetime(_SOME_TIME), identity, mail.link_mark or mail.name_mark + "NoLink", *bodies)
        return [mark.encode() for mark in marks]

    def _written(self, composer: Composer, mail: PreparedMail, rendered: RenderedMail) -> bytes:
        recipient, _, identity, _, text, html = (mark.decode() for mark in self._marks)
        message = composer.compose(
            RenderedMail(rendered.subject, html, text, rendered.locale),
            notification_id=UUID(identity),
            recipient=recipient,
            sent_at=_SOME_TIME,
            unsubscribe_url=mail.link_mark,
        )
        return content_of(OutgoingMail(UUID(identity), composer.envelope_from, recipient, message)).data

    def _cut(self, written: bytes) -> list[bytes]:
        """What stands between the marks, and at every other place a mark."""
        return re.split(b"(" + b"|".join(map(re.escape, self._marks)) + b")", written)


def _is_plain(address: str) -> bool:
    return len(address) <= _LONGEST_PLAIN_ADDRESS and _PLAIN_ADDRESS.fullmatch(address) is not None


def _parts(ordinary: Callable[[], OutgoingMail]) -> MailParts:
    return parts_of(ordinary().message)
