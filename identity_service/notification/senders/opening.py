"""From the sender's URL in the settings to a Sender."""

import difflib
from pathlib import Path
from urllib.parse import unquote

from identity_service.notification.senders.base import Sender
from identity_service.notification.senders.capture import CaptureSender
from identity_service.notification.senders.console import ConsoleSender
from identity_service.notification.senders.file import FileSender
from identity_service.notification.senders.smtp import SmtpSender, SmtpTimeouts, smtp_server_from_url

_KNOWN = ("smtp", "smtps", "resend", "file", "console", "capture")


def open_sender(url: str, *, default_mailbox: Path | None = None, smtp_timeouts: SmtpTimeouts | None = None) -> Sender:
    """The sender that `url` names. Connects to nothing and writes nothing until the first mail.

    `default_mailbox` is the folder of a `capture:` without a path. Raises ValueError, with a
    sentence for the operator that never shows a password.
    """
    scheme, colon, rest = url.strip().partition(":")
    scheme = scheme.lower()
    if not colon or scheme not in _KNOWN:
        raise ValueError(_unknown(scheme if colon else ""))
    if scheme in ("smtp", "smtps"):
        return SmtpSender(smtp_server_from_url(url.strip()), smtp_timeouts)
    if scheme == "resend":
        return _resend(url.strip())
    if scheme == "console":
        return _console(rest)
    path = _path(rest) or (default_mailbox if scheme == "capture" else None)
    if path is None:
        raise ValueError(f"the sender {scheme}: needs a folder: write {scheme}:/path/to/folder")
    return FileSender(path) if scheme == "file" else CaptureSender(path)


def _resend(url: str) -> Sender:
    from identity_service.notification.senders import resend  # where it is used: it loads an HTTP client

    return resend.ResendSender(resend.resend_account_from_url(url))


def _console(rest: str) -> ConsoleSender:
    if rest.strip("/"):
        raise ValueError("the sender console: takes nothing after the colon")
    return ConsoleSender()


def _path(rest: str) -> Path | None:
    """`file:name`, `file:/absolute` and `file:///absolute` (RFC 8089)."""
    if rest.startswith("//"):
        host, slash, path = rest[2:].partition("/")
        if host not in ("", "localhost"):
            raise ValueError("a folder has no host: write file:/absolute/path or file:relative/path")
        rest = slash + path
    path_text = unquote(rest)
    if "\0" in path_text:
        raise ValueError("the sender's folder must not hold a NUL character")
    try:
        return Path(path_text).expanduser() if path_text else None
    except RuntimeError:
        raise ValueError("the ~ in the sender's folder names no home that is known here") from None


def _unknown(scheme: str) -> str:
    examples = (
        "smtp://user:password@host:587, smtps://…, resend://KEY@api.resend.com, file:PATH, console: or capture:PATH"
    )
    match = difflib.get_close_matches(scheme, _KNOWN, n=1)
    hint = f" (did you mean {match[0]}:?)" if match else ""
    return f"the sender's URL must be one of {examples}{hint}"
