"""What `doctor` says about an SMTP server."""

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from identity_service.notification.senders.base import Finding, Level
from identity_service.notification.senders.failures import SendFailed
from identity_service.notification.senders.smtp.server import SmtpServer, Tls
from identity_service.notification.senders.smtp.wire import Wire

_RENEWAL_DUE = timedelta(days=14)


def findings_about(server: SmtpServer, connect: Callable[[], Wire]) -> list[Finding]:
    """Connects once and reports each step, or the one that failed with its remedy."""
    try:
        wire = connect()
    except SendFailed as failure:
        return [Finding(Level.PROBLEM, failure.text, failure.remedy)]
    try:
        return [Finding(Level.OK, f"{server} takes mail"), _encryption(server, wire), _sign_in(server)]
    finally:
        wire.say_goodbye()


def _encryption(server: SmtpServer, wire: Wire) -> Finding:
    if not isinstance(wire.sock, ssl.SSLSocket):
        return _open_connection(server)
    expiry = _expiry(wire.sock)
    text = f"{wire.sock.version()}, certificate valid until {expiry:%Y-%m-%d}"
    if expiry - datetime.now(UTC) < _RENEWAL_DUE:
        return Finding(Level.WARNING, text, "The server's certificate ends soon: have it renewed.")
    return Finding(Level.OK, text)


def _open_connection(server: SmtpServer) -> Finding:
    if server.is_on_this_machine:
        return Finding(Level.OK, "not encrypted; the server is on this machine")
    remedy = "Remove starttls=off." if server.tls is Tls.OFF else "Use a server that offers STARTTLS."
    shown = "mails and the password" if server.password else "mails"
    return Finding(Level.WARNING, f"not encrypted: {shown} can be read on the way", remedy)


def _sign_in(server: SmtpServer) -> Finding:
    if server.user is None:
        return Finding(Level.OK, "no sign-in is configured, and the server asked for none so far")
    return Finding(Level.OK, f"signed in as {server.user}")


def _expiry(connection: ssl.SSLSocket) -> datetime:
    not_after = (connection.getpeercert() or {}).get("notAfter", "")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(not_after)), UTC)
