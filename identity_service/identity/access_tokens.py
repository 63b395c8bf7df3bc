"""Access tokens: short-lived JWTs that any backend can check with the published key set (RFC 7519, RFC 9068).

They are signed with ES256. Each key of the ring yields a signing key, so that no private key is stored or
distributed, and every process with the same ring signs and publishes the same.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from identity_service.clock import Clock
from identity_service.errors import Unauthenticated
from identity_service.ids import new_id
from identity_service.secret_keys import KeyRing

LIFETIME = timedelta(minutes=15)
CLOCK_LEEWAY = timedelta(seconds=5)
"""How far ahead `iat` may be, because the clocks of two servers differ. Expiry has no leeway."""

_ALGORITHM = "ES256"
_TYPE = "at+jwt"
_KEY_LABEL = b"identity-service/access-token-es256/v1"
_LONGEST_TOKEN = 4096
_ES256 = ec.ECDSA(SHA256())
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class AccessTokenInvalid(Unauthenticated):
    """The text is no access token of this service, or its time is over."""

    reason = "ACCESS_TOKEN_INVALID"
    message = "The access token is not valid."


class IssuedToken(NamedTuple):
    """A new token and when it stops being accepted."""

    token: str
    expire_time: datetime


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says: who (`sub`), in which session (`sid`) and tenant (`tid`), from when to when."""

    user_id: UUID
    session_id: UUID
    tenant_id: str
    token_id: UUID
    issue_time: datetime
    expire_time: datetime


class Signer:
    """Signs with one key, in the compact serialization (RFC 7515, 7.1; RFC 7518, 3.4).

    By hand, because a token is made at every sign-in, and half of what joserfc takes for one goes into looking at a
    header that is always the same. Whatever comes in from outside is read by joserfc.
    """

    def __init__(self, key_id: str, key: ec.EllipticCurvePrivateKey) -> None:
        self._header = _base64url(_compact({"alg": _ALGORITHM, "kid": key_id, "typ": _TYPE}))
        self._key = key

    def sign(self, claims: Mapping[str, Any]) -> str:
        """The token that says `claims`."""
        signed = self._header + b"." + _base64url(_compact(claims))
        r, s = decode_dss_signature(self._key.sign(signed, _ES256))
        return (signed + b"." + _base64url(r.to_bytes(32) + s.to_bytes(32))).decode()


class AccessTokens:
    """Issues, checks and publishes. Immutable, and safe to share between threads."""

    def __init__(
        self, ring: KeyRing, clock: Clock, *, issuer: str, audience: str, lifetime: timedelta = LIFETIME
    ) -> None:
        self._keys = {key_id: _published(key_id, _private_key(ring, key_id)) for key_id in ring.ids}
        self._signer = Signer(ring.active.id, _private_key(ring, ring.active.id))
        self._clock = clock
        self._issuer = issuer
        self._audience = audience
        self._lifetime = lifetime
        self._registry = jws.JWSRegistry(algorithms=[_ALGORITHM])

    def issue(self, *, user_id: UUID, session_id: UUID, tenant_id: str) -> IssuedToken:
        """A token for one session, signed with the active key. Its times are whole seconds."""
        issued = self._clock().replace(microsecond=0)
        expires = issued + self._lifetime
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": str(user_id),
            "sid": str(session_id),
            "tid": tenant_id,
            "iat": int(issued.timestamp()),
            "exp": int(expires.timestamp()),
            "jti": str(new_id()),
        }
        return IssuedToken(self._signer.sign(claims), expires)

    def verify(self, token: str) -> Claims:
        """What an authentic, unexpired token of this issuer for this audience says.

        Raises `AccessTokenInvalid` for all else, and from its `exp` on. Whether the session still stands is the
        caller's question to the database.
        """
        claims = self._read(self._authentic(token))
        now = self._clock()
        if claims.issue_time > now + CLOCK_LEEWAY or claims.expire_time <= now:
            raise AccessTokenInvalid
        return claims

    def jwks(self) -> dict[str, list[dict[str, Any]]]:
        """The public keys of the whole ring as a JSON Web Key Set (RFC 7517), the active one first."""
        return {"keys": [dict(key.as_dict(private=False)) for key in self._keys.values()]}

    def _authentic(self, token: str) -> Mapping[str, Any]:
        if len(token) > _LONGEST_TOKEN:
            raise AccessTokenInvalid
        try:
            found = jwt.decode(token, self._key_of, registry=self._registry)
        except (JoseError, ValueError, TypeError, AttributeError, LookupError, RecursionError):
            raise AccessTokenInvalid from None
        if found.header.get("typ") != _TYPE:
            raise AccessTokenInvalid
        return found.claims

    def _key_of(self, signature: Any) -> ECKey:
        return self._keys[signature.headers()["kid"]]

    def _read(self, claims: Mapping[str, Any]) -> Claims:
        if claims.get("iss") != self._issuer or claims.get("aud") != self._audience:
            raise AccessTokenInvalid
        try:
            return Claims(
                user_id=UUID(claims["sub"]),
                session_id=UUID(claims["sid"]),
                tenant_id=_text(claims["tid"]),
                token_id=UUID(claims["jti"]),
                issue_time=datetime.fromtimestamp(claims["iat"], UTC),
                expire_time=datetime.fromtimestamp(claims["exp"], UTC),
            )
        except (KeyError, ValueError, TypeError, AttributeError, OverflowError):
            raise AccessTokenInvalid from None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not text")
    return value


def _private_key(ring: KeyRing, key_id: str) -> ec.EllipticCurvePrivateKey:
    # FIPS 186-5, A.2.1 and A.4.1: 128 bits more than the order has leave the reduction without bias.
    drawn = int.from_bytes(ring.derive(key_id, _KEY_LABEL, length=48))
    return ec.derive_private_key(drawn % (_P256_ORDER - 1) + 1, ec.SECP256R1())


def _published(key_id: str, key: ec.EllipticCurvePrivateKey) -> ECKey:
    return ECKey.import_key(key.public_key(), {"kid": key_id, "use": "sig", "alg": _ALGORITHM})


def _compact(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _base64url(raw: bytes) -> bytes:
    return urlsafe_b64encode(raw).rstrip(b"=")
