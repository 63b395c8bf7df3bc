"""Refreshing: each refresh token is accepted once, and a stolen one gives itself away.

A refresh is one compare-and-set on the session. The token before the newest is answered like the newest for a short
grace, because honest clients refresh concurrently; used later it was copied, and the session ends. Within the grace the
newest is answered with itself: were it followed by another, the one before would lose the rest of its own grace.
"""

from datetime import timedelta
from uuid import UUID

from identity_service.calls.audit import AuditTrail, Event
from identity_service.calls.call import Call
from identity_service.calls.refusals import Refusals
from identity_service.clock import Clock
from identity_service.identity import refresh_tokens
from identity_service.identity.errors import RefreshTokenRejected
from identity_service.identity.refresh_tokens import SessionGeneration
from identity_service.identity.sessions import RevokeReason, TokenIssuer, Tokens, end_of
from identity_service.storage.database import Database
from identity_service.storage.queries import sessions as queries
from identity_service.storage.rows import Session

GRACE = timedelta(seconds=10)


class RefreshSession:
    """The journey of SessionService.RefreshSession."""

    def __init__(
        self, *, database: Database, issuer: TokenIssuer, audit: AuditTrail, refusals: Refusals, clock: Clock
    ) -> None:
        self._database = database
        self._issuer = issuer
        self._audit = audit
        self._refusals = refusals
        self._now = clock

    def __call__(self, call: Call, token: str) -> Tokens:
        """Raises `RefreshTokenRejected`."""
        presented = refresh_tokens.parse(token)
        session = self._session(call, presented, token) if presented and self._issuer.made(token) else None
        if session is None:
            self._refusals.record(call, Event.SESSION_REFRESHED, RefreshTokenRejected.reason)
            raise RefreshTokenRejected()
        return self._issuer.tokens(session)

    def _session(self, call: Call, presented: SessionGeneration, token: str) -> Session | None:
        session = self._rotated(call, presented.session_id, presented.generation, token)
        return session or self._within_grace_or_reused(call, presented.session_id, presented.generation)

    def _rotated(self, call: Call, session_id: UUID, generation: int, token: str) -> Session | None:
        now, key_id = self._now(), self._issuer.key_id
        successor = self._issuer.refresh_token(key_id, session_id, generation + 1)
        event = self._audit.event(call, Event.SESSION_REFRESHED, subject_id=session_id)
        with self._database.begin(single_write=True) as transaction:
            return queries.rotate(
                transaction.connection,
                call.tenant_id,
                session_id,
                event,
                presented=refresh_tokens.fingerprint(token),
                new_key_id=key_id,
                new_fingerprint=refresh_tokens.fingerprint(successor),
                now=now,
                rotated_until=now - GRACE,
                new_expires_at=end_of(session_id, now),
            )

    def _within_grace_or_reused(self, call: Call, session_id: UUID, generation: int) -> Session | None:
        with self._database.connect() as connection:
            session = queries.usable_by_id(connection, call.tenant_id, session_id)
        if session and self._is_alive(session) and generation <= session.generation:
            if generation == session.generation or self._is_within_grace(session, generation):
                return session
            self._end_family(call, session)
        return None

    def _is_within_grace(self, session: Session, generation: int) -> bool:
        return generation == session.generation - 1 and self._now() < session.rotated_at + GRACE

    def _is_alive(self, session: Session) -> bool:
        """Not when its newest token was made with a key that has left the ring, for then no token opens it."""
        return (
            session.revoked_at is None
            and self._now() < session.expires_at
            and self._issuer.has_key(session.refresh_key_id)
        )

    def _end_family(self, call: Call, session: Session) -> None:
        reason, tenant_id, user_id = RevokeReason.REFRESH_TOKEN_REUSED, session.tenant_id, session.user_id
        event = self._audit.event(
            call, Event.REFRESH_TOKEN_REUSED, user_id=user_id, subject_id=session.id, refused_because=reason
        )
        with self._database.begin() as transaction:
            if queries.revoke_one(transaction.connection, tenant_id, user_id, session.id, reason, self._now()):
                self._audit.write(transaction.connection, event)
