"""Puts a rendered mail into the message that a sender hands over: headers, two alternatives, encodings."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP, SMTPUTF8, Policy
from email.utils import format_datetime
from functools import lru_cache
from typing import Any, Self
from uuid import UUID

from identity_service.notification.rendering.bodies import quoted_printable
from identity_service.notification.rendering.mailbox_address import MailboxAddress
from identity_service.notification.rendering.rendered import RenderedMail

NOTIFICATION_ID_HEADER = "X-Notification-Id"
"""Names the notification a message belongs to, also where a provider gives the message an id of its own."""

_HeaderFactory = Callable[[str, str], Any]
# "=_" never occurs in quoted-printable text (RFC 2045, 6.7), so no line of a part can be taken for it.
_BOUNDARY = "=_alternatives"
_HEADER_URL = re.compile(r"https?://[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]{1,800}")


def is_unsubscribe_link(url: str | None) -> bool:
    """Whether a message can carry this link, or needs none."""
    return url is None or _HEADER_URL.fullmatch(url) is not None


class _Verbatim(str):
    """A header value that is written on one line, whatever its length: folded, a URL would be another one."""

    __slots__ = ("name",)
    name: str

    @classmethod
    def of(cls, name: str, value: str) -> Self:
        verbatim = cls(value)
        verbatim.name = name
        return verbatim

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


class Composer:
    """Composes the mails of one sender. Safe to share between threads."""

    def __init__(self, sender: str) -> None:
        """`sender` is what stands in From: `Example <no-reply@example.com>`. Raises AddressRefusedError."""
        self._sender = MailboxAddress.parse(sender)
        # Parsing headers is most of the work of composing, and these come back in many mails.
        self._recurring: _HeaderFactory = lru_cache(maxsize=256)(SMTP.header_factory)

    @property
    def envelope_from(self) -> str:
        """The address that bounces go to."""
        return self._sender.address

    def message_id(self, notification_id: UUID) -> str:
        """The Message-ID (RFC 5322, 3.6.4) of every copy of that notification's mail."""
        return f"<{notification_id}@{self._sender.domain}>"

    def compose(
        self,
        mail: RenderedMail,
        *,
        notification_id: UUID,
        recipient: str,
        sent_at: datetime,
        unsubscribe_url: str | None = None,
    ) -> EmailMessage:
        """The message for one recipient, the same to the byte for the same arguments.

        The Message-ID comes from the notification, so that a repeated delivery can be recognised as one. The
        message's policy has `utf8` set when only a server that speaks SMTPUTF8 (RFC 6531) can take it.
        Raises AddressRefusedError.
        """
        to = MailboxAddress.of(recipient)
        message = EmailMessage(SMTPUTF8 if self._sender.needs_smtputf8 or to.needs_smtputf8 else SMTP)
        self._set_recurring(message, "From", str(self._sender.for_header()))
        message["To"] = to.for_header()
        self._set_recurring(message, "Subject", mail.subject)
        own = {**self._own_headers(mail, notification_id, sent_at), **_unsubscribe_headers(unsubscribe_url)}
        for name, value in own.items():
            message.set_raw(name, _Verbatim.of(name, value))  # unparsed: nothing in them comes from outside
        self._set_recurring(message, "Content-Type", f'multipart/alternative; boundary="{_BOUNDARY}"')
        message.set_payload([self._part("plain", mail.text), self._part("html", mail.html)])
        return message

    def _own_headers(self, mail: RenderedMail, notification_id: UUID, sent_at: datetime) -> Mapping[str, str]:
        return {
            "Date": format_datetime(sent_at.astimezone(UTC)),
            "Message-ID": self.message_id(notification_id),
            NOTIFICATION_ID_HEADER: str(notification_id),
            "Content-Language": mail.locale,
            "Auto-Submitted": "auto-generated",  # RFC 3834: no machine answers
            "MIME-Version": "1.0",
        }

    def _part(self, subtype: str, content: str) -> MIMEPart:
        part = MIMEPart(SMTP)
        self._set_recurring(part, "Content-Type", f'text/{subtype}; charset="utf-8"')
        self._set_recurring(part, "Content-Transfer-Encoding", "quoted-printable")
        part.set_payload(quoted_printable(content))
        return part

    def _set_recurring(self, part: MIMEPart, name: str, value: str) -> None:
        if "\n" in value or "\r" in value:
            raise ValueError(f"{name} must be one line")
        part[name] = self._recurring(name, value)


def _unsubscribe_headers(url: str | None) -> Mapping[str, str]:
    """Unsubscribing with one click (RFC 8058)."""
    if url is None:
        return {}
    if not is_unsubscribe_link(url):
        raise ValueError("the unsubscribe link must be a URL that a header can hold")
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
