"""Breached passwords, asked of a service like Pwned Passwords, without telling it which.

The question is the first five hex digits of the SHA-1; the answer is every known hash that begins so (k-anonymity),
padded with false ones, so that its length tells nothing either. When the service does not answer, the password is
accepted, and a log line says that it was not checked.
"""

import hashlib
import ssl
import time
from collections.abc import Callable
from threading import Lock

import structlog
from urllib3 import HTTPConnectionPool
from urllib3.exceptions import HTTPError, LocationParseError
from urllib3.util import Url, parse_url

from identity_service.identity.passwords.policy import normalise
from identity_service.timely_http import TimelyHttpsPool, TimelyPool, read_at_most

_TIMEOUT = 1.0  # seconds to connect, and once more for the whole answer
_LONGEST_ANSWER = 256 * 1024  # bytes; a padded one has about 40 KB
_PAUSE = 30.0  # seconds that a service which failed is left alone
_PREFIX = 5
_AT_ONCE = 64  # look-ups that the pool has room for
_HEADERS = {
    "Add-Padding": "true",
    "User-Agent": "identity-service",
    # One that was kept may be dead unnoticed; it would leave a password unchecked, and all of the next half minute.
    "Connection": "close",
}
_log = structlog.get_logger(__name__)


class PwnedPasswords:
    """Asks the range API of Pwned Passwords, or of a mirror of it: goes there directly, and follows no redirect.

    After a failure it asks nobody for half a minute, so that an outage does not slow every registration; then one
    call tries, while the others still go without.
    """

    def __init__(self, url: str, *, now: Callable[[], float] = time.monotonic) -> None:
        """`url` is what the five digits follow, such as https://api.pwnedpasswords.com/range. Raises `ValueError`."""
        api = _range_api(url)
        self._path = (api.path or "").rstrip("/")
        self._pool = _pool_of(api)
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
        except (HTTPError, OSError, ValueError) as error:
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
        response = self._pool.urlopen(
            "GET",
            f"{self._path}/{prefix}",
            headers=_HEADERS,
            timeout=_TIMEOUT,
            retries=False,
            redirect=False,
            preload_content=False,
        )
        answer = read_at_most(response, _LONGEST_ANSWER)
        if response.status != 200 or len(answer) == _LONGEST_ANSWER:
            raise HTTPError("this is no range")
        return answer.decode("ascii")

    def _failed(self, error: Exception) -> None:
        with self._lock:
            self._resume_at = self._now() + _PAUSE
        _log.warning("breached_passwords_unchecked", error=type(error).__name__, seconds=_PAUSE)


def _range_api(url: str) -> Url:
    try:
        api = parse_url(url)
    except LocationParseError:
        api = Url()
    if api.scheme not in ("http", "https") or not api.host or api.auth or api.query or api.fragment:
        raise ValueError("write the URL of a range API, such as https://api.pwnedpasswords.com/range")
    return api


def _pool_of(api: Url) -> HTTPConnectionPool:
    host = str(api.host)
    if api.scheme == "http":
        return TimelyPool(host, api.port, maxsize=_AT_ONCE)
    trusted = ssl.create_default_context()  # once: to read all authorities takes a while
    return TimelyHttpsPool(host, api.port, maxsize=_AT_ONCE, ssl_context=trusted)


def _is_among(answer: str, suffix: str) -> bool:
    counts = dict(line.strip().split(":") for line in answer.splitlines() if line.strip())
    return int(counts.get(suffix, 0)) > 0  # padding is counted 0 times
