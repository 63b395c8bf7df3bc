"""Runs the HTTP edge in a thread: beside other servers, or while the main thread of its process waits for signals."""

import errno
import socket
import threading
import time
from typing import TYPE_CHECKING

import structlog

from identity_service.loopback import is_loopback

if TYPE_CHECKING:  # uvicorn is loaded when a server is started
    import uvicorn
    from starlette.types import ASGIApp

_log = structlog.get_logger(__name__)

GRACE_SECONDS = 5.0
MOST_CONNECTIONS = 512
"""More than these, idle ones included, are answered 503."""
REQUEST_SECONDS = 10.0
"""How long a request may take to arrive, from the connection or from its first byte on."""

_BACKLOG = 256


class HttpAddressRefused(Exception):
    """The server cannot listen there; the text says why and which setting to change."""


class HttpServer:
    """One HTTP server. It ends by `stop`, and leaves signals alone."""

    def __init__(
        self,
        app: "ASGIApp",
        address: str,
        stopping: threading.Event,
        *,
        grace_seconds: float = GRACE_SECONDS,
        request_seconds: float = REQUEST_SECONDS,
    ) -> None:
        """`address` is `host:port`. `stopping` is that of the application's parts, and set by `stop`; requests may
        take `grace_seconds` to end when no more are taken, and `request_seconds` to arrive."""
        self._app = app
        self._address = address
        self._stopping = stopping
        self._ending = threading.Event()
        self._grace_seconds = grace_seconds
        self._request_seconds = request_seconds
        self._thread: threading.Thread | None = None
        self.port = 0

    def start(self) -> int:
        """Serve in a thread of its own; returns the port as soon as it answers. Raises `HttpAddressRefused`."""
        listener, running = self._listen(), threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(listener, running), name="http", daemon=True)
        self._thread.start()
        while not running.wait(0.05):
            if not self._thread.is_alive():
                raise RuntimeError("the HTTP server ended while it started; the log says why")
        return self.port

    def stop(self, timeout: float, *, delay_seconds: float = 0.0) -> bool:
        """End what `start` began; whether it ended within `timeout` seconds after `delay_seconds`.

        Until these are over requests are answered, while `/readyz` turns them away.
        """
        self._stopping.set()
        time.sleep(delay_seconds)
        self._ending.set()
        if self._thread is None:
            return True
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _listen(self) -> socket.socket:
        listener = listen(self._address)
        self.port = listener.getsockname()[1]
        return listener

    def _serve(self, listener: socket.socket, running: threading.Event) -> None:
        with listener:
            try:
                config = _configuration(self._app, self._grace_seconds, self._request_seconds)
                server = _evented_server(config, self._ending, running)
                self._say_where(listener)
                server.run(sockets=[listener])
            except Exception:
                _log.exception("http.failed")
                raise
        _log.info("http.stopped")

    def _say_where(self, listener: socket.socket) -> None:
        _log.info("http.listening", address=self._address, port=self.port)
        if not is_loopback(listener.getsockname()[0]):
            # Links carry tokens, which can be read on the way to here. A proxy that speaks TLS belongs in between.
            _log.warning("http.plaintext_beyond_loopback", address=self._address)


def listen(address: str) -> socket.socket:
    """A socket that listens at `host:port`. Raises `HttpAddressRefused`."""
    host, colon, port = address.rpartition(":")
    if not (colon and host and port.isdecimal() and int(port) <= 65535):
        raise HttpAddressRefused(
            f"{address!r} is no address to listen at; set IDENTITY_HTTP_ADDRESS to host:port, like 127.0.0.1:8080"
        )
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, int(port)), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise HttpAddressRefused(_objection(address, error)) from error


def _objection(address: str, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"{address} is in use; set IDENTITY_HTTP_ADDRESS to another address"
    reason = str(error.strerror or error).partition(" (while")[0]
    return f"cannot listen at {address}: {reason}; set IDENTITY_HTTP_ADDRESS to another address"


def _evented_server(config: "uvicorn.Config", ending: threading.Event, running: threading.Event) -> "uvicorn.Server":
    from uvicorn import Server

    class EventedServer(Server):
        """Says when it has started, and ends by the event."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            running.set()

        async def on_tick(self, counter: int) -> bool:
            return ending.is_set() or await super().on_tick(counter)

    return EventedServer(config)


def _configuration(app: "ASGIApp", grace_seconds: float, request_seconds: float) -> "uvicorn.Config":
    from uvicorn import Config

    from identity_service.web.connections import impatient

    config = Config(
        app,
        loop="asyncio",
        http=impatient(request_seconds),
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="warning",
        access_log=False,  # the address of a request may hold a token
        proxy_headers=False,
        server_header=False,
        limit_concurrency=MOST_CONNECTIONS,
        backlog=_BACKLOG,
    )
    config.timeout_graceful_shutdown = grace_seconds  # type: ignore[assignment]  # only its constructor wants int
    return config
