"""Where the server may listen, and how several processes come to share one port."""

import errno
import socket
from dataclasses import dataclass

from identity_service.loopback import is_loopback


class ListeningRefused(Exception):
    """The server does not listen there; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Address:
    """`host:port`, or a Unix socket (`unix:path`), as gRPC writes them."""

    host: str
    port: int
    text: str

    @property
    def is_unix_socket(self) -> bool:
        """Whether it is a file, and no port."""
        return self.text.startswith("unix:")

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        return self.is_unix_socket or is_loopback(self.host)


def parse_address(text: str) -> Address:
    """Read `127.0.0.1:50051`, `[::1]:50051`, `localhost:50051` or `unix:/run/identity.sock`."""
    if text.startswith("unix:"):
        return Address("", 0, text)
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) > 65535:
        raise ListeningRefused(f"{text!r} is no address to listen at; write host:port, for example 127.0.0.1:50051")
    return Address(host.strip("[]"), int(port), text)


def refuse_exposure(address: Address, *, has_tls: bool, exposure_accepted: bool) -> None:
    """Raise `ListeningRefused` where strangers could read along, unless that was accepted explicitly."""
    if not (address.is_local or has_tls or exposure_accepted):
        raise ListeningRefused(
            f"{address.text} can be reached from other machines, and passwords and tokens would travel "
            "unencrypted. Set IDENTITY_TLS_CERTIFICATE and IDENTITY_TLS_KEY, listen at 127.0.0.1, or, where something "
            "else encrypts it, set IDENTITY_ALLOW_PLAINTEXT_BEYOND_LOOPBACK=true."
        )


class PortClaim:
    """A TCP port kept for server processes that will share it (SO_REUSEPORT); close it when they are gone.

    The socket never listens, so the kernel gives it no connections.
    """

    def __init__(self, address: Address) -> None:
        if address.is_unix_socket:
            raise ListeningRefused(f"several processes cannot share the Unix socket {address.text}; start one")
        refuse_taken(address)
        self._socket = socket.socket(_family(address), socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._socket.bind((address.host, address.port))
        self.port: int = self._socket.getsockname()[1]
        self.address = f"{address.text.rpartition(':')[0]}:{self.port}"

    def close(self) -> None:
        """Give the port up."""
        self._socket.close()


def refuse_taken(address: Address) -> None:
    """Raise `ListeningRefused` where another process listens at a TCP port, or none can.

    gRPC would log that in its own words. With SO_REUSEPORT it would even start, and steal half of the other's calls.
    """
    with socket.socket(_family(address), socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address.host, address.port))
        except OSError as error:
            reason = "another process listens there" if error.errno == errno.EADDRINUSE else error.strerror
            raise ListeningRefused(f"cannot listen at {address.text}: {reason}") from error


def _family(address: Address) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address.host else socket.AF_INET
