"""The TLS context of one server, made when it is first needed: loading the authorities takes 20 ms."""

import ssl
import threading

from identity_service.notification.senders.failures import TransientFailure, os_reason
from identity_service.notification.senders.smtp.server import SmtpServer


class TlsContext:
    """Called, it gives the context; all connections share one."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server
        self._lock = threading.Lock()
        self._context: ssl.SSLContext | None = None

    def __call__(self) -> ssl.SSLContext:
        with self._lock:
            if self._context is None:
                self._context = self._made()
            return self._context

    def _made(self) -> ssl.SSLContext:
        try:
            return self._server.tls_context()
        except OSError as error:
            text = f"cannot load the authorities for {self._server}: {os_reason(error)}"
            raise TransientFailure(text, "ca_file= in the URL must name a readable PEM file.") from None
