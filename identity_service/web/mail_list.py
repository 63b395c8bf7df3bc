"""The list of captured mails with the state of each, read again only when there may be something new."""

import threading
import time
from dataclasses import dataclass
from hashlib import blake2b
from uuid import UUID

from identity_service.notification.reading import Filter, Notifications
from identity_service.notification.senders.mailbox import Mailbox, MailSummary
from identity_service.storage.errors import DatabaseUnavailable
from identity_service.storage.rows import Notification, NotificationState

MOST_STATES = 500
"""So many of the newest notifications are asked for their state; the mailbox keeps as many mails."""

LOOK_AGAIN_SECONDS = 2.0
"""How old the states may be when no mail is under way: a dead mail may be brought back by an operator."""

_UNDER_WAY = (NotificationState.QUEUED, NotificationState.SENDING)


@dataclass(frozen=True, slots=True)
class ListedMail:
    """One line. Kind and state are empty for a mail whose notification is not in the database."""

    summary: MailSummary
    kind: str
    state: str


@dataclass(frozen=True, slots=True)
class Listing:
    """The newest mail first. `version` differs whenever anything in the list does."""

    version: str
    mails: tuple[ListedMail, ...]


class MailList:
    """What the page lists. Usable from any number of threads."""

    def __init__(self, mailbox: Mailbox, notifications: Notifications, tenant_id: str) -> None:
        self._mailbox = mailbox
        self._notifications = notifications
        self._tenant_id = tenant_id
        self._reading = threading.Lock()
        self._listing: Listing | None = None
        self._token = ""
        self._read_at = 0.0

    def current(self) -> Listing:
        """The list as it is now; states that have come to rest may be `LOOK_AGAIN_SECONDS` old."""
        with self._reading:
            token = self._mailbox.change_token()
            if self._listing is None or token != self._token or self._is_stale(self._listing):
                self._listing = self._read()
                self._token, self._read_at = token, time.monotonic()
            return self._listing

    def _is_stale(self, listing: Listing) -> bool:
        if any(mail.state in _UNDER_WAY for mail in listing.mails):
            return True
        return bool(listing.mails) and time.monotonic() - self._read_at > LOOK_AGAIN_SECONDS

    def _read(self) -> Listing:
        summaries = self._mailbox.summaries()
        found = self._found() if summaries else {}
        mails = tuple(_listed(summary, found.get(summary.notification_id)) for summary in summaries)
        return Listing(_version(mails), mails)

    def _found(self) -> dict[UUID, Notification]:
        try:
            page = self._notifications.page(self._tenant_id, Filter(), before=None, size=MOST_STATES)
        except DatabaseUnavailable:  # mails can be read without it
            return {}
        return {notification.id: notification for notification in page}


def _listed(summary: MailSummary, notification: Notification | None) -> ListedMail:
    if notification is None:
        return ListedMail(summary, "", "")
    return ListedMail(summary, notification.kind, notification.state)


def _version(mails: tuple[ListedMail, ...]) -> str:
    digest = blake2b(digest_size=12)
    for mail in mails:
        line = (mail.summary.notification_id, mail.summary.received_at.timestamp(), mail.kind, mail.state)
        digest.update(repr(line).encode())
    return digest.hexdigest()
