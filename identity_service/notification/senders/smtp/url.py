"""`smtp://user:password@host:port?starttls=…` and `smtps://…`, read strictly; no error shows the password."""

import difflib
from collections.abc import Collection
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import idna

from identity_service.loopback import is_loopback
from identity_service.notification.senders.smtp.server import SmtpServer, Tls

_PORTS = {"smtp": 25, "smtps": 465}
_PARAMETERS = ("starttls", "ca_file", "helo")
_STARTTLS = {mode.value: mode for mode in (Tls.REQUIRED, Tls.AUTO, Tls.OFF)}
_ENCODE = "percent-encode special characters in user and password, for example @ as %40 and / as %2F"


def smtp_server_from_url(url: str) -> SmtpServer:
    """Raises ValueError, with a sentence that says what is wrong and never shows the password.

    Without `starttls`, STARTTLS is required, except on a loopback host, where it is off.
    `helo` is how this machine names itself; `ca_file` a PEM file trusted instead of the system's.
    """
    parts = _split(url)
    parameters = _parameters(parts)
    user, password = _credentials(parts)
    host = _host(parts)
    server = SmtpServer(
        host=host,
        port=_port(parts),
        tls=_tls(parts.scheme, host, parameters),
        user=user,
        password=password,
        ca_file=Path(parameters["ca_file"]) if "ca_file" in parameters else None,
        helo_name=_helo_name(parameters),
    )
    _require_usable(server.ca_file, server)
    return server


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError(f"the sender's URL cannot be read: {_ENCODE}") from None
    if parts.path not in ("", "/") or parts.fragment:
        raise ValueError(f"the sender's URL ends after host and port; if a password is cut, {_ENCODE}")
    return parts


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    try:
        encoded = host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        encoded = ""
    if not encoded or any(char.isspace() or not char.isprintable() for char in encoded):
        raise ValueError("the sender's URL names no usable host: write smtp://host:port")
    return encoded


def _port(parts: SplitResult) -> int:
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise ValueError(f"the port in the sender's URL must be a number from 1 to 65535; {_ENCODE}")
    return port or _PORTS[parts.scheme]


def _credentials(parts: SplitResult) -> tuple[str | None, str | None]:
    if "@" not in parts.netloc:
        return None, None
    user, password = _decoded(parts.username), _decoded(parts.password)
    if not user or not password:
        raise ValueError("the sender's URL needs both, smtp://user:password@host, or neither")
    return user, password


def _decoded(text: str | None) -> str:
    try:
        decoded = unquote(text or "", errors="strict")
    except UnicodeDecodeError:
        raise ValueError("user and password in the sender's URL must be percent-encoded UTF-8") from None
    if any(ord(char) < 32 or ord(char) == 127 for char in decoded):
        raise ValueError("user and password in the sender's URL must not hold control characters")
    return decoded


def _parameters(parts: SplitResult) -> dict[str, str]:
    try:
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        raise ValueError("after the ? of the sender's URL come name=value pairs, joined by &") from None
    for name, value in pairs:
        if name not in _PARAMETERS:
            # The name is not shown: it may be the rest of a password with a "?" in it.
            known = _nearest(name, _PARAMETERS)
            raise ValueError(f"the sender's URL has an unknown parameter{known}; {_ENCODE}")
        if not value:
            raise ValueError(f"the parameter {name} of the sender's URL has no value")
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a parameter of the sender's URL is given twice")
    return dict(pairs)


def _tls(scheme: str, host: str, parameters: dict[str, str]) -> Tls:
    mode = parameters.get("starttls")
    if scheme == "smtps":
        if mode is not None:
            raise ValueError("smtps:// is encrypted from the first byte: remove starttls, or write smtp://")
        return Tls.IMPLICIT
    if mode is None:
        return Tls.OFF if is_loopback(host) else Tls.REQUIRED
    if mode not in _STARTTLS:
        raise ValueError(f"starttls must be required, auto or off{_nearest(mode, _STARTTLS)}")
    return _STARTTLS[mode]


def _helo_name(parameters: dict[str, str]) -> str | None:
    name = parameters.get("helo")
    if name is not None and (not name.isascii() or not name.isprintable() or " " in name):
        raise ValueError("helo in the sender's URL must be a host name in ASCII")
    return name


def _require_usable(ca_file: Path | None, server: SmtpServer) -> None:
    if ca_file is None:
        return
    if server.tls is Tls.OFF:
        raise ValueError("ca_file in the sender's URL is useless with starttls=off: remove one of them")
    try:
        server.tls_context()
    except OSError:
        raise ValueError(f"ca_file in the sender's URL is no readable PEM file: {ca_file}") from None


def _nearest(name: str, known: Collection[str]) -> str:
    match = difflib.get_close_matches(name, known, n=1)
    return f", did you mean {match[0]}?" if match else f" (known: {', '.join(known)})"
