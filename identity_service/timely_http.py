"""HTTP answers that have to arrive whole within the time-out of their connection, which Python allows for each piece.

Otherwise a server that sends a byte now and then would keep a thread for as long as it likes.
"""

import io
import socket
from http.client import HTTPResponse
from typing import Any

from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from identity_service.deadline import Deadline


def read_at_most(response: BaseHTTPResponse, longest: int) -> bytes:
    """The body, of which no more than `longest` bytes are read; its connection goes back to the pool."""
    try:
        body = response.read(longest)
        if len(body) == longest:
            response.close()  # the rest would pass for the next answer
        return body
    finally:
        response.release_conn()


class TimelyResponse(HTTPResponse):
    """The `response_class` of such connections. Reading it raises `TimeoutError`."""

    def __init__(self, sock: socket.socket, *arguments: Any, **named: Any) -> None:
        super().__init__(sock, *arguments, **named)
        self.fp.close()
        self.fp = io.BufferedReader(_TimelyReader(sock))


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


class TimelyConnection(HTTPConnection):
    """In the clear."""

    response_class = TimelyResponse


class TimelyHttpsConnection(HTTPSConnection):
    """With TLS."""

    response_class = TimelyResponse


class TimelyPool(HTTPConnectionPool):
    """Connections to one host, in the clear."""

    ConnectionCls = TimelyConnection


class TimelyHttpsPool(HTTPSConnectionPool):
    """Connections to one host, with TLS."""

    ConnectionCls = TimelyHttpsConnection
