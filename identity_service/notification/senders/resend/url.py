"""`resend://API_KEY@api.resend.com`, read strictly; no error shows the key."""

import re
from urllib.parse import SplitResult, parse_qsl, urlsplit

from identity_service.loopback import is_loopback
from identity_service.notification.senders.resend.account import ResendAccount

_FORM = "write resend://API_KEY@api.resend.com"
_KEY = re.compile(r"[A-Za-z0-9_-]{8,200}")
_HOST = re.compile(r"[A-Za-z0-9.:-]+")


def resend_account_from_url(url: str) -> ResendAccount:
    """Raises ValueError, with a sentence that says what is wrong and never shows the key.

    `?tls=off` is for a stand-in on this machine: a key in the clear would be anybody's on the way.
    """
    parts = _split(url)
    host, encrypted = parts.hostname or "", _is_encrypted(parts)
    if not _HOST.fullmatch(host):
        raise ValueError(f"the sender's URL names no usable host: {_FORM}")
    if not encrypted and not is_loopback(host):
        raise ValueError("tls=off in the sender's URL is for a host on this machine only: remove it")
    return ResendAccount(_key(parts), host, _port(parts) or (443 if encrypted else 80), encrypted)


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError(f"the sender's URL cannot be read: {_FORM}") from None
    if parts.path not in ("", "/") or parts.fragment:
        raise ValueError(f"the sender's URL ends after the host: {_FORM}")
    return parts


def _key(parts: SplitResult) -> str:
    key = parts.username or ""
    if parts.password is not None or not _KEY.fullmatch(key):
        raise ValueError(f"the sender's URL needs an API key of letters, digits, _ and -: {_FORM}")
    return key


def _port(parts: SplitResult) -> int | None:
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise ValueError("the port in the sender's URL must be a number from 1 to 65535")
    return port


def _is_encrypted(parts: SplitResult) -> bool:
    parameters = parse_qsl(parts.query, keep_blank_values=True)
    if parameters not in ([], [("tls", "off")]):
        raise ValueError("the sender's URL has an unknown parameter (known: tls=off, for a host on this machine)")
    return not parameters
