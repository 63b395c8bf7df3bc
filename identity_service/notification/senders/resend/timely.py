"""Connections on which a whole answer has to arrive within the time that urllib3 allows for each piece of it.

Otherwise a server that sends a byte now and then would keep a worker for as long as it likes.
"""

import io
import socket
from http.client import HTTPResponse
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection

from identity_service.notification.senders.deadline import Deadline


class _TimelyReader(io.RawIOBase):
    """Reads a socket until its time-out, as it is now, has passed."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._raw: Any = connection.makefile("rb", buffering=0)  # counts as a user of the socket, which stays open
        self._deadline = Deadline(connection.gettimeout() or 0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._connection.settimeout(self._deadline.remaining())
        count: int | None = self._raw.readinto(buffer)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimelyResponse(HTTPResponse):
    def __init__(self, sock: socket.socket, *arguments: Any, **named: Any) -> None:
        super().__init__(sock, *arguments, **named)
        self.fp.close()
        self.fp = io.BufferedReader(_TimelyReader(sock))


class TimelyConnection(HTTPConnection):
    """In the clear."""

    response_class = _TimelyResponse


class TimelyHttpsConnection(HTTPSConnection):
    """With TLS."""

    response_class = _TimelyResponse
