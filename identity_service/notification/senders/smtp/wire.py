"""smtplib's connection, with every read and write bounded by a deadline, however slowly bytes drip."""

import io
import select
import smtplib
import socket
import ssl
from typing import Any

from identity_service.deadline import Deadline
from identity_service.notification.senders.failures import TransientFailure, os_reason

_LONGEST_REPLY = 64 * 1024
_FAREWELL_SECONDS = 0.3


class ServerGone(TransientFailure):
    """The server ended the connection."""


class ServerSilent(TransientFailure):
    """The server did not answer in time."""


class Wire(smtplib.SMTP):
    """One connection. `stage` names what the dialogue is about at the moment, for error texts.

    Of smtplib it uses the parsing of replies and EHLO and the switch to TLS; errors are
    TransientFailures from the start, and after one the connection is closed.
    """

    def __init__(self, name: str, helo_name: str, deadline: Deadline, patience: float) -> None:
        super().__init__(local_hostname=helo_name)
        self.name = name
        self.deadline = deadline
        self.patience = patience
        self.stage = "the connection"
        self._reader: _TimedReader | None = None

    def send(self, s: Any) -> None:
        """Writes all of `s` (bytes, or str in ASCII)."""
        rest = memoryview(s.encode("ascii") if isinstance(s, str) else s)
        try:
            while rest:
                connection = self._open_socket()
                connection.settimeout(self.deadline.within(self.patience).remaining())
                rest = rest[connection.send(rest) :]
        except OSError as error:
            self.close()
            raise self.lost(error) from None

    def getreply(self) -> tuple[int, bytes]:
        """Reads one reply, of any number of lines. Code -1 is no SMTP."""
        try:
            self._timed_file().expect_reply(self.deadline.within(self.patience))
            return super().getreply()
        except smtplib.SMTPServerDisconnected as error:
            raise self.lost(error.__context__) from None
        except smtplib.SMTPResponseException:
            raise TransientFailure(f"{self.name} sent an endless line (step: {self.stage})") from None

    def has_something_unread(self) -> bool:
        """True if the server spoke (or hung up) without being asked. Never waits."""
        connection = self._open_socket()
        if self._timed_file().holds_back(self.file):
            return True
        if isinstance(connection, ssl.SSLSocket) and connection.pending():
            return True
        poll = select.poll()
        poll.register(connection, select.POLLIN)
        return bool(poll.poll(0))

    def asks(self, command: str, deadline: Deadline) -> bool:
        """Sends one command that carries no mail; True if the server agrees."""
        self.deadline, self.stage = deadline, command
        try:
            return self.docmd(command)[0] // 100 == 2
        except TransientFailure:
            return False

    def say_goodbye(self) -> None:
        """Closes with QUIT, waiting a moment for the answer (RFC 5321, 4.1.1.10)."""
        self.asks("QUIT", Deadline(_FAREWELL_SECONDS))
        self.close()

    def lost(self, error: BaseException | None) -> TransientFailure:
        """What to raise after `error` broke the connection."""
        if isinstance(error, TimeoutError):
            return ServerSilent(f"{self.name} did not answer in time (step: {self.stage})")
        reason = f": {os_reason(error)}" if isinstance(error, OSError) else ""
        return ServerGone(f"{self.name} closed the connection (step: {self.stage}){reason}")

    def _open_socket(self) -> socket.socket:
        if self.sock is None:
            raise self.lost(None)
        return self.sock

    def _timed_file(self) -> "_TimedReader":
        if self.file is None or self._reader is None:
            self._reader = _TimedReader(self._open_socket())
            self.file = io.BufferedReader(self._reader)
        return self._reader


class _TimedReader(io.RawIOBase):
    """Reads a socket; the time and the size allowed are for a whole reply, not for each piece of it."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._deadline: Deadline | None = None
        self._allowance = 0

    def expect_reply(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self._allowance = _LONGEST_REPLY

    def holds_back(self, buffered: Any) -> bool:
        """True if `buffered`, which reads from here, has read more than was asked for."""
        self._deadline = None
        return bool(buffered.peek(1))

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._deadline is None:  # no reply is due: nothing to read, as RawIOBase says it
            return None
        if self._allowance <= 0:
            raise ConnectionAbortedError("the reply does not end")
        self._connection.settimeout(self._deadline.remaining())
        count = self._connection.recv_into(buffer)
        self._allowance -= count
        return count
