"""From nothing to a connection that takes mail: connect, greeting, EHLO, TLS, sign-in."""

import smtplib
import socket
import ssl
from collections.abc import Callable

from identity_service.deadline import Deadline
from identity_service.notification.senders.failures import TransientFailure
from identity_service.notification.senders.smtp.authentication import sign_in
from identity_service.notification.senders.smtp.connecting import connected_socket
from identity_service.notification.senders.smtp.replies import setup_refusal
from identity_service.notification.senders.smtp.server import SmtpServer, SmtpTimeouts, Tls
from identity_service.notification.senders.smtp.wire import ServerSilent, Wire

_WHICH_TLS = "Port 465 speaks TLS at once (smtps://); 587 and 25 begin in the clear (smtp://)."
_NO_STARTTLS = "Use the server's TLS port, or accept an open connection with starttls=off in the URL."
_BAD_CERTIFICATE = "Use the host name in the certificate, or name its authority with ca_file= in the URL."
_BAD_NAME = "Name this machine as the server expects it with helo= in the URL."
_NOT_NOW = "The server is there but takes no mail from this machine: ask its operator, or try again later."


def open_wire(
    server: SmtpServer,
    timeouts: SmtpTimeouts,
    deadline: Deadline,
    tls_context: Callable[[], ssl.SSLContext],
) -> Wire:
    """A connection ready for MAIL FROM. Raises TransientFailure, whatever goes wrong."""
    connection = connected_socket(server.host, server.port, deadline, timeouts.connect)
    wire = Wire(str(server), server.helo_name or _own_name(connection), deadline, timeouts.command)
    wire.sock = connection
    try:
        _begin(wire, server, tls_context)
    except smtplib.SMTPException as error:
        wire.close()
        raise wire.lost(error) from None
    except BaseException:
        wire.close()
        raise
    return wire


def is_encrypted(wire: Wire) -> bool:
    """True if the connection speaks TLS."""
    return isinstance(wire.sock, ssl.SSLSocket)


def _begin(wire: Wire, server: SmtpServer, tls_context: Callable[[], ssl.SSLContext]) -> None:
    if server.tls is Tls.IMPLICIT:
        _encrypt(wire, server, tls_context)
    _read_greeting(wire)
    _say_hello(wire)
    if server.tls in (Tls.REQUIRED, Tls.AUTO):
        _start_tls(wire, server, tls_context)
    if server.user is not None and server.password is not None:
        sign_in(wire, server.user, server.password, encrypted=is_encrypted(wire))


def _read_greeting(wire: Wire) -> None:
    try:
        reply = wire.getreply()
    except ServerSilent as silence:
        raise ServerSilent(silence.text, _WHICH_TLS) from None
    if reply[0] != 220:
        raise setup_refusal(wire, reply, _NOT_NOW)


def _say_hello(wire: Wire) -> None:
    wire.stage = "EHLO"
    reply = wire.ehlo()
    if reply[0] // 100 == 5:  # a server from before 1995
        reply = wire.helo()
    if reply[0] // 100 != 2:
        raise setup_refusal(wire, reply, _BAD_NAME)


def _start_tls(wire: Wire, server: SmtpServer, tls_context: Callable[[], ssl.SSLContext]) -> None:
    if wire.has_extn("starttls"):
        wire.stage = "STARTTLS"
        reply = wire.docmd("STARTTLS")
        if reply[0] != 220:
            raise setup_refusal(wire, reply, _NO_STARTTLS)
        _encrypt(wire, server, tls_context)
        _say_hello(wire)
    elif server.tls is Tls.REQUIRED or server.password is not None:
        raise TransientFailure(f"{wire.name} offers no STARTTLS, so nothing was sent", _NO_STARTTLS)


def _encrypt(wire: Wire, server: SmtpServer, tls_context: Callable[[], ssl.SSLContext]) -> None:
    wire.stage = "the TLS handshake"
    assert wire.sock is not None  # noqa: S101 - for the type checker
    try:
        wire.sock.settimeout(wire.deadline.within(wire.patience).remaining())
        wire.sock = tls_context().wrap_socket(wire.sock, server_hostname=server.host)
    except ssl.SSLCertVerificationError as error:
        text = f"the certificate of {wire.name} is not trusted: {error.verify_message}"
        raise TransientFailure(text, _BAD_CERTIFICATE) from None
    except ssl.SSLError as error:
        reason = (error.reason or "unknown reason").replace("_", " ").lower()
        raise TransientFailure(f"TLS with {wire.name} failed: {reason}", _WHICH_TLS) from None
    except OSError as error:
        raise wire.lost(error) from None
    _forget_what_came_in_the_clear(wire)


def _forget_what_came_in_the_clear(wire: Wire) -> None:
    # RFC 3207, 4.2: neither buffered bytes nor extensions from before TLS can be believed.
    wire.file = None
    wire.esmtp_features = {}
    wire.does_esmtp = False


def _own_name(connection: socket.socket) -> str:
    """The host's full name, or its address as a literal (RFC 5321, 4.1.3); no look-up is made."""
    name = socket.gethostname()
    if "." in name and name.isascii():
        return name
    address = str(connection.getsockname()[0])
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"
