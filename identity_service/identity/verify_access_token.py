"""Checking an access token, and that its session still stands."""

from dataclasses import dataclass

from identity_service.clock import Clock
from identity_service.identity.access_tokens import AccessTokenInvalid, AccessTokens, Claims
from identity_service.storage.database import Database
from identity_service.storage.queries import sessions as queries
from identity_service.storage.rows import Session


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """What the token says, and the session it belongs to."""

    claims: Claims
    session: Session


class VerifyAccessToken:
    """The journey of SessionService.VerifyAccessToken."""

    def __init__(self, *, database: Database, access_tokens: AccessTokens, clock: Clock) -> None:
        self._database = database
        self._access_tokens = access_tokens
        self._now = clock

    def __call__(self, tenant_id: str, token: str) -> VerifiedToken:
        """Raises `AccessTokenInvalid`, also for a token of another tenant and for one whose session is over
        or whose user is suspended."""
        claims = self._access_tokens.verify(token)
        if claims.tenant_id != tenant_id:
            raise AccessTokenInvalid()
        with self._database.connect() as connection:
            session = queries.usable_by_id(connection, claims.tenant_id, claims.session_id)
        if session is None or session.user_id != claims.user_id or session.revoked_at is not None:
            raise AccessTokenInvalid()
        if session.expires_at <= self._now():
            raise AccessTokenInvalid()
        return VerifiedToken(claims, session)
