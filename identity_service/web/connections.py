"""Connections of the HTTP edge: a request that takes too long to arrive is not waited for.

uvicorn waits as long as the client likes, and a few hundred silent connections would keep everybody else out.
"""

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

_ARRIVING = (h11.IDLE, h11.SEND_BODY)


def impatient(seconds: float) -> type[asyncio.Protocol]:
    """The protocol of a connection that is closed when a request takes longer than that to arrive."""

    class ImpatientProtocol(H11Protocol):
        """Looks at the time from the connection, or a request's first byte, to its last. In between uvicorn does."""

        _end: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._await_request()

        def data_received(self, data: bytes) -> None:
            self._await_request()
            super().data_received(data)
            if self.conn.their_state not in _ARRIVING:
                self._cancel()

        def connection_lost(self, exc: Exception | None) -> None:
            self._cancel()
            super().connection_lost(exc)

        def _await_request(self) -> None:
            if self._end is None:
                self._end = self.loop.call_later(seconds, self.transport.close)

        def _cancel(self) -> None:
            if self._end is not None:
                self._end.cancel()
                self._end = None

    return ImpatientProtocol
