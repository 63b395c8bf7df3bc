"""Sends mail by SMTP: each thread over its own kept connection."""

import threading
import weakref

from identity_service.notification.senders.base import Finding, OutgoingMail, SendReceipt
from identity_service.notification.senders.content import Content, content_of
from identity_service.notification.senders.failures import TransientFailure
from identity_service.notification.senders.smtp.checking import findings_about
from identity_service.notification.senders.smtp.connection import KeptConnection
from identity_service.notification.senders.smtp.deadline import Deadline
from identity_service.notification.senders.smtp.server import SmtpServer, SmtpTimeouts
from identity_service.notification.senders.smtp.session import open_wire
from identity_service.notification.senders.smtp.tls import TlsContext
from identity_service.notification.senders.smtp.transaction import hand_over, offer
from identity_service.notification.senders.smtp.wire import ServerGone, Wire


class SmtpSender:
    """A Sender for one SMTP server.

    A connection serves one thread, mail after mail. After any error it is dropped. A kept
    connection that the server meanwhile closed is replaced once, as long as no message has left.
    """

    def __init__(self, server: SmtpServer, timeouts: SmtpTimeouts | None = None) -> None:
        self._server = server
        self._timeouts = timeouts or SmtpTimeouts()
        self._tls_context = TlsContext(server)
        self._of_thread = threading.local()
        self._connections: weakref.WeakSet[KeptConnection] = weakref.WeakSet()
        self._connections_lock = threading.Lock()
        self._closed = False

    def __str__(self) -> str:
        return f"SMTP server {self._server}"

    def send(self, mail: OutgoingMail) -> SendReceipt:
        """Hands over one mail within `timeouts.mail` seconds, or raises a SendFailed."""
        deadline = Deadline(self._timeouts.mail)
        content = content_of(mail)
        connection = self._connection_of_this_thread()
        with connection.lock:
            receipt = self._send_over(connection, content, deadline)
        if self._closed:
            self._close(connection)
        return receipt

    def check(self) -> list[Finding]:
        """Connects, encrypts and signs in over a connection of its own."""
        return findings_about(self._server, self._open)

    def close(self) -> None:
        """Ends idle connections now and each busy one after its mail. Later mails fail."""
        self._closed = True
        with self._connections_lock:
            connections = list(self._connections)
        for connection in connections:
            self._close(connection)

    def _send_over(self, connection: KeptConnection, content: Content, deadline: Deadline) -> SendReceipt:
        try:
            wire = self._offer(connection, content, deadline)
            receipt = SendReceipt(hand_over(wire, content))
        except BaseException:
            connection.drop()
            raise
        connection.keep()
        return receipt

    def _offer(self, connection: KeptConnection, content: Content, deadline: Deadline) -> Wire:
        """Gets the server's "go ahead", over a new connection if the kept one turns out to be closed."""
        if self._closed:
            raise TransientFailure(f"{self} is closed")
        kept = connection.reuse(deadline)
        if kept is not None and _accepts_offer(kept, content):
            return kept
        fresh = connection.open(deadline)
        offer(fresh, content)
        return fresh

    def _open(self, deadline: Deadline | None = None) -> Wire:
        deadline = deadline or Deadline(self._timeouts.mail)
        return open_wire(self._server, self._timeouts, deadline, self._tls_context)

    def _connection_of_this_thread(self) -> KeptConnection:
        connection: KeptConnection | None = getattr(self._of_thread, "connection", None)
        if connection is None:
            connection = self._of_thread.connection = KeptConnection(self._open, self._timeouts)
            with self._connections_lock:
                self._connections.add(connection)
        return connection

    @staticmethod
    def _close(connection: KeptConnection) -> None:
        # A busy connection is closed by its own thread, which looks at _closed when it is done.
        if connection.lock.acquire(blocking=False):
            try:
                connection.say_goodbye()
            finally:
                connection.lock.release()


def _accepts_offer(kept: Wire, content: Content) -> bool:
    """False if the server had closed the connection; any other failure is the mail's own."""
    try:
        offer(kept, content)
    except ServerGone:
        return False
    return True
