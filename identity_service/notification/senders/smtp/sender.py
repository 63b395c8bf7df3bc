"""Sends mail by SMTP: each thread over its own kept connection."""

import threading
import weakref
from collections.abc import Sequence

from identity_service.deadline import Deadline
from identity_service.notification.senders.base import (
    Finding,
    GoesOn,
    OutgoingMail,
    Sender,
    SendReceipt,
    SendResult,
    always,
)
from identity_service.notification.senders.failures import SendFailed, TransientFailure
from identity_service.notification.senders.smtp.batch import Batch
from identity_service.notification.senders.smtp.checking import findings_about
from identity_service.notification.senders.smtp.connection import KeptConnection
from identity_service.notification.senders.smtp.server import SmtpServer, SmtpTimeouts
from identity_service.notification.senders.smtp.session import open_wire
from identity_service.notification.senders.smtp.tls import TlsContext
from identity_service.notification.senders.smtp.wire import Wire


class SmtpSender(Sender):
    """A Sender for one SMTP server.

    A connection serves one thread, mail after mail. A kept connection that the server meanwhile closed is replaced
    once, as long as no message has left.
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
        (result,) = self.send_many([mail])
        if isinstance(result, SendFailed):
            raise result
        return result

    def send_many(self, mails: Sequence[OutgoingMail], goes_on: GoesOn = always) -> list[SendResult]:
        """Hands over mails within `timeouts.mail` seconds, over one connection while that lasts."""
        deadline = Deadline(self._timeouts.mail)
        connection = self._connection_of_this_thread()
        with connection.lock:
            results = Batch(connection, deadline, lambda: not self._closed and goes_on()).send(mails)
        if self._closed:
            self._close(connection)
        return results

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

    def _open(self, deadline: Deadline | None = None) -> Wire:
        if self._closed:
            raise TransientFailure(f"{self} is closed")
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
