"""Passwords known from breaches of other sites: asked of a service like Pwned Passwords, without telling it which.

The question is the first five hex digits of the SHA-1; the answer is every known hash that begins so (k-anonymity),
padded with false ones, so that its length tells nothing either. When the service does not answer, the password is
accepted, and a log line says that it was not checked.
"""

import hashlib
import http.client
import ssl
import time
from collections.abc import Callable
from threading import Lock
from typing import Any, Protocol
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import HTTPHandler, HTTPSHandler, Request, build_opener

import structlog

from identity_service.identity.passwords.policy import normalise
from identity_service.timely_http import TimelyResponse

_TIMEOUT = 1.0  # seconds to connect, and once more for the whole answer
_LONGEST_ANSWER = 256 * 1024  # bytes; a padded one has about 40 KB
_PAUSE = 30.0  # seconds that a service which failed is left alone
_PREFIX = 5
_log = structlog.get_logger(__name__)


class _Connection(http.client.HTTPConnection):
    response_class = TimelyResponse


class _HttpsConnection(http.client.HTTPSConnection):
    response_class = TimelyResponse


class _Http(HTTPHandler):
    def http_open(self, request: Request) -> Any:
        return self.do_open(_Connection, request)


class _Https(HTTPSHandler):
    def __init__(self) -> None:
        super().__init__()
        self._trusted = ssl.create_default_context()  # once: to read all authorities takes a while

    def https_open(self, request: Request) -> Any:
        return self.do_open(_HttpsConnection, request, context=self._trusted)


class BreachedPasswords(Protocol):
    """Knows passwords that have become public."""

    def contains(self, password: str) -> bool:
        """Whether it is known to be public; False also where nobody can tell."""


class NoBreachedPasswords:
    """Knows none: nobody is asked."""

    def contains(self, password: str) -> bool:
        """False."""
        return False


class PwnedPasswords:
    """Asks the range API of Pwned Passwords, or of a mirror of it.

    After a failure it asks nobody for half a minute, so that an outage does not slow every registration; then one
    call tries, while the others still go without.
    """

    def __init__(self, url: str, *, now: Callable[[], float] = time.monotonic) -> None:
        """`url` is what the five digits follow, such as https://api.pwnedpasswords.com/range. Raises `ValueError`."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("write the URL of a range API, such as https://api.pwnedpasswords.com/range")
        self._url = url.rstrip("/")
        self._opener = build_opener(_Http(), _Https())
        self._now = now
        self._lock = Lock()
        self._resume_at: float | None = None

    def contains(self, password: str) -> bool:
        """Whether it is known to be public; False when the service does not answer."""
        if not self._may_ask():
            return False
        digest = hashlib.sha1(normalise(password).encode(), usedforsecurity=False).hexdigest().upper()
        try:
            found = _is_among(self._range(digest[:_PREFIX]), digest[_PREFIX:])
        except (URLError, OSError, http.client.HTTPException, ValueError) as error:
            self._failed(error)
            return False
        self._resume_at = None
        return found

    def _may_ask(self) -> bool:
        with self._lock:
            if self._resume_at is None:
                return True
            if self._now() < self._resume_at:
                return False
            self._resume_at = self._now() + _PAUSE  # the others wait for the outcome of this call
            return True

    def _range(self, prefix: str) -> str:
        headers = {"Add-Padding": "true", "User-Agent": "identity-service"}
        request = Request(f"{self._url}/{prefix}", headers=headers)  # noqa: S310 - the scheme was checked
        with self._opener.open(request, timeout=_TIMEOUT) as response:
            answer: bytes = response.read(_LONGEST_ANSWER)
        return answer.decode("ascii")

    def _failed(self, error: Exception) -> None:
        with self._lock:
            self._resume_at = self._now() + _PAUSE
        _log.warning("breached_passwords_unchecked", error=type(error).__name__, seconds=_PAUSE)


def _is_among(answer: str, suffix: str) -> bool:
    counts = dict(line.strip().split(":") for line in answer.splitlines() if line.strip())
    return int(counts.get(suffix, 0)) > 0  # padding is counted 0 times
