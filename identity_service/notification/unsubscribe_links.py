"""The link that ends a subscription without a sign-in (RFC 8058), in mail that is not about security.

Its token names the tenant, the user and the category, and is signed with a sub-key of the ring. It is stored nowhere
and does not expire: a mail may be read years later. It stops working when its key leaves the ring.
"""

import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from identity_service.secret_keys import KeyRing

PATH = "/unsubscribe"
_LABEL = b"identity-service/unsubscribe/v1"
_MAC_BYTES = 16
_ID_BYTES = 16
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22,256}")
_HOST, _PATH = r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?", r"(/[A-Za-z0-9._~:/@!$&'()*+,;=%-]*)?"
_EDGE_URL = re.compile(f"https?://{_HOST}{_PATH}")
_MOST_EDGE_URL = 500  # with the longest token a mail's header can still hold the link


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a link ends: mail of one category to one user."""

    tenant_id: str
    user_id: UUID
    category: str


def checked_edge_url(url: str) -> str:
    """The same URL. Raises ValueError for one that no link in a mail's header can begin with."""
    if len(url) > _MOST_EDGE_URL or not _EDGE_URL.fullmatch(url):
        raise ValueError(
            f"write an http or https address of ASCII characters, {_MOST_EDGE_URL} at most, without user, ? and #, "
            "such as https://mail.example.com; other letters are written as xn-- in the host and as %C3%A9 in the path"
        )
    return url


class UnsubscribeLinks:
    """Makes the links of mails, and reads what they bring back."""

    def __init__(self, key_ring: KeyRing, edge_url: str) -> None:
        """`edge_url`, a checked one, is where the HTTP edge can be reached by the people who get the mails."""
        self._key_ring = key_ring
        self._base = edge_url.rstrip("/") + PATH

    def url(self, subscription: Subscription) -> str:
        """The address to show and to POST to; the same one for the same subscription."""
        return f"{self._base}?{urlencode({'token': self.token(subscription)})}"

    def token(self, subscription: Subscription) -> str:
        """The signed name of a subscription."""
        key_id = self._key_ring.active.id
        named = _packed(key_id, subscription)
        return urlsafe_b64encode(named + self._mac(key_id, named)).decode("ascii").rstrip("=")

    def read(self, token: str) -> Subscription | None:
        """The subscription that a token names; None for what this service has not signed."""
        if not _TOKEN.fullmatch(token):
            return None
        try:
            signed = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except ValueError:
            return None
        named, mac = signed[:-_MAC_BYTES], signed[-_MAC_BYTES:]
        key_id, subscription = _unpacked(named)
        if key_id not in self._key_ring or not hmac.compare_digest(mac, self._mac(key_id, named)):
            return None
        return subscription

    def _mac(self, key_id: str, named: bytes) -> bytes:
        return hmac.digest(self._key_ring.derive(key_id, _LABEL), named, "sha256")[:_MAC_BYTES]


def _packed(key_id: str, subscription: Subscription) -> bytes:
    names = "\0".join((key_id, subscription.tenant_id, subscription.category))
    return subscription.user_id.bytes + names.encode()


def _unpacked(named: bytes) -> tuple[str, Subscription | None]:
    user_id, names = named[:_ID_BYTES], named[_ID_BYTES:].decode("utf-8", errors="replace").split("\0")
    if len(user_id) < _ID_BYTES or len(names) != 3:
        return "", None
    key_id, tenant_id, category = names
    return key_id, Subscription(tenant_id, UUID(bytes=user_id), category)
