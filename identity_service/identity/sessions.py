"""Sessions: opened by a sign-in, listed, revoked. A session is one family of refresh tokens."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from identity_service.calls.audit import AuditTrail, Event
from identity_service.calls.call import Call
from identity_service.calls.once import Once
from identity_service.clock import Clock
from identity_service.identity import refresh_tokens
from identity_service.identity.access_tokens import AccessTokens
from identity_service.identity.errors import CredentialsRejected, ProofRejected, SessionNotFound
from identity_service.identity.users import UserProfile
from identity_service.ids import moment_of, new_id
from identity_service.secret_keys import KeyRing
from identity_service.storage.database import Database, Transaction
from identity_service.storage.queries import sessions as queries
from identity_service.storage.rows import AuditEvent, Challenge, Session, User

REFRESH_LIFETIME = timedelta(days=30)
LONGEST = timedelta(days=365)
"""How long a session lasts at most, however often it is refreshed: then somebody must prove again who they are."""


def end_of(session_id: UUID, now: datetime) -> datetime:
    """When a session ends that is opened or refreshed now."""
    return min(now + REFRESH_LIFETIME, moment_of(session_id) + LONGEST)


class SignInMethod(StrEnum):
    """How the user proved who they are."""

    PASSWORD = "password"  # noqa: S105 - the name of a method
    ONE_TIME_CODE = "one_time_code"


class RevokeReason(StrEnum):
    """Why a session was ended before its time."""

    REQUESTED = "requested"
    USER_SUSPENDED = "user_suspended"
    REFRESH_TOKEN_REUSED = "refresh_token_reused"  # noqa: S105 - the name of a reason
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of a reason
    PASSWORD_RESET = "password_reset"  # noqa: S105 - the name of a reason


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a client keeps of a session."""

    access_token: str = field(repr=False)
    access_expires_at: datetime
    refresh_token: str = field(repr=False)
    refresh_expires_at: datetime


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The tokens of a new session, and whose it is."""

    tokens: Tokens
    user: UserProfile


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A session that is about to be recorded."""

    session: Session
    signed_in: SignedIn


class TokenIssuer:
    """Makes the tokens of a session's present generation; the same ones however often it is asked."""

    def __init__(self, key_ring: KeyRing, access_tokens: AccessTokens) -> None:
        self._key_ring = key_ring
        self._access_tokens = access_tokens

    @property
    def key_id(self) -> str:
        """The key that new refresh tokens are derived with."""
        return self._key_ring.active.id

    def refresh_token(self, key_id: str, session_id: UUID, generation: int) -> str:
        return refresh_tokens.refresh_token(self._key_ring, key_id, session_id, generation)

    def has_key(self, key_id: str) -> bool:
        """Whether tokens of that key can be made and are accepted."""
        return key_id in self._key_ring

    def made(self, token: str) -> bool:
        """Whether this service made that refresh token, with whichever key of the ring."""
        return any(refresh_tokens.authentic(self._key_ring, key_id, token) for key_id in self._key_ring.ids)

    def tokens(self, session: Session) -> Tokens:
        """A fresh access token, and the refresh token of the session's generation."""
        access = self._access_tokens.issue(user_id=session.user_id, session_id=session.id, tenant_id=session.tenant_id)
        return Tokens(
            access_token=access.token,
            access_expires_at=access.expire_time,
            refresh_token=self.refresh_token(session.refresh_key_id, session.id, session.generation),
            refresh_expires_at=session.expires_at,
        )


class Sessions:
    """Opens sessions, and the journeys of SessionService that list and revoke them."""

    def __init__(self, *, database: Database, once: Once, issuer: TokenIssuer, audit: AuditTrail, clock: Clock) -> None:
        self._database = database
        self._once = once
        self._issuer = issuer
        self._audit = audit
        self._now = clock

    def new(self, call: Call, user: User, method: SignInMethod) -> OpenedSession:
        """A session with its tokens, made before the transaction that records it, to keep that short."""
        now, session_id, key_id = self._now(), new_id(), self._issuer.key_id
        token = self._issuer.refresh_token(key_id, session_id, 0)
        session = Session(
            tenant_id=user.tenant_id,
            id=session_id,
            user_id=user.id,
            method=method,
            ip_address=call.ip_address or None,
            user_agent=call.user_agent or None,
            generation=0,
            refresh_key_id=key_id,
            refresh_fingerprint=refresh_tokens.fingerprint(token),
            created_at=now,
            rotated_at=now,
            expires_at=end_of(session_id, now),
        )
        return OpenedSession(session, SignedIn(self._issuer.tokens(session), UserProfile.of(user)))

    def record(self, transaction: Transaction, call: Call, opened: OpenedSession, user: User) -> SignedIn:
        """Write the session and its audit event.

        Raises `CredentialsRejected` if the password, or what the user may do, is another than it was with `user`: who
        resets a password ends all sessions of the old one, and none may come after.
        """
        event = self._opening(call, opened.session)
        if not queries.open_session(transaction.connection, opened.session, event, opened_by=user):
            raise CredentialsRejected()
        return opened.signed_in

    def record_proved(self, transaction: Transaction, call: Call, opened: OpenedSession, proved: Challenge) -> SignedIn:
        """Write the session, and use up the challenge that opened it. Raises `ProofRejected` if somebody else has."""
        event = self._opening(call, opened.session)
        if not queries.open_session_by_proof(
            transaction.connection, opened.session, event, proved=proved, now=self._now()
        ):
            raise ProofRejected()
        return opened.signed_in

    def _opening(self, call: Call, session: Session) -> AuditEvent:
        return self._audit.event(call, Event.SIGNED_IN, user_id=session.user_id, subject_id=session.id)

    def page(self, tenant_id: str, user_id: UUID, *, with_ended: bool, before: UUID | None, size: int) -> list[Session]:
        """Up to `size` of the user's sessions, newest first, older than `before`."""
        with self._database.connect() as connection:
            return queries.page(
                connection,
                tenant_id,
                user_id,
                now=self._now(),
                with_ended=with_ended,
                before=before,
                size=size,
            )

    def revoke(self, call: Call, user_id: UUID, session_id: UUID) -> Session:
        """End one session of that user; one that is over stays as it is. Raises `SessionNotFound`.

        Only its id is kept for a repeated call: a session that is over never changes, so its row is the answer.
        """
        if self._once.answered(call, UUID) is None:
            self._once.run(call, UUID, lambda transaction: self._revoke(transaction, call, user_id, session_id))
        with self._database.connect() as connection:
            return _found(queries.by_id(connection, call.tenant_id, session_id), user_id)

    def _revoke(self, transaction: Transaction, call: Call, user_id: UUID, session_id: UUID) -> UUID:
        connection, tenant_id = transaction.connection, call.tenant_id
        if queries.revoke_one(connection, tenant_id, user_id, session_id, RevokeReason.REQUESTED, self._now()):
            event = self._audit.event(call, Event.SESSION_REVOKED, user_id=user_id, subject_id=session_id)
            self._audit.write(connection, event)
        else:
            _found(queries.by_id(connection, tenant_id, session_id), user_id)
        return session_id

    def revoke_all(self, call: Call, user_id: UUID, keep: UUID | None) -> int:
        """End all sessions of that user, but for `keep`; how many were ended."""
        if (answer := self._once.answered(call, int)) is not None:
            return answer
        return self._once.run(call, int, lambda transaction: self._revoke_all(transaction, call, user_id, keep))

    def _revoke_all(self, transaction: Transaction, call: Call, user_id: UUID, keep: UUID | None) -> int:
        connection = transaction.connection
        count = queries.revoke_all(connection, call.tenant_id, user_id, RevokeReason.REQUESTED, self._now(), keep)
        if count:
            self._audit.write(connection, self._audit.event(call, Event.SESSION_REVOKED, user_id=user_id))
        return count


def _found(session: Session | None, user_id: UUID) -> Session:
    if session is None or session.user_id != user_id:
        raise SessionNotFound()
    return session
