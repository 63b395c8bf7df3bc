"""Which SMTP server, how to reach it, and how long to wait for it."""

import ssl
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from identity_service.loopback import is_loopback


class Tls(StrEnum):
    """When a connection is encrypted."""

    IMPLICIT = "implicit"
    """From the first byte (`smtps://`, RFC 8314)."""
    REQUIRED = "required"
    """By STARTTLS (RFC 3207); without it nothing is sent."""
    AUTO = "auto"
    """By STARTTLS where the server offers it; a password never goes out in the clear."""
    OFF = "off"
    """Never."""


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """One server. `ca_file`, if given, is trusted instead of the system's authorities."""

    host: str
    port: int
    tls: Tls
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    helo_name: str | None = None

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_on_this_machine(self) -> bool:
        """True for a loopback host, whose traffic nobody else can read."""
        return is_loopback(self.host)

    def tls_context(self) -> ssl.SSLContext:
        """Verifies certificate and host name, TLS 1.2 or later. Raises OSError for a bad `ca_file`."""
        context = ssl.create_default_context(cafile=self.ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context


@dataclass(frozen=True, slots=True)
class SmtpTimeouts:
    """All in seconds. `mail` bounds a whole send, reconnecting included: keep it below the lease."""

    mail: float = 45.0
    connect: float = 10.0
    command: float = 20.0
    probe_after_idle: float = 30.0
    probe: float = 3.0
