"""Sessions and their tokens."""

from datetime import datetime

from identity.v1 import session_pb2

from identity_service.identity.access_tokens import Claims
from identity_service.identity.sessions import Tokens
from identity_service.rpc.converters.times import to_timestamp
from identity_service.storage.rows import Session

TOKEN_TYPE = "Bearer"  # noqa: S105 - RFC 6750's name of the scheme


def to_tokens(tokens: Tokens) -> session_pb2.TokenPair:
    return session_pb2.TokenPair(
        access_token=tokens.access_token,
        access_token_expire_time=to_timestamp(tokens.access_expires_at),
        refresh_token=tokens.refresh_token,
        refresh_token_expire_time=to_timestamp(tokens.refresh_expires_at),
        token_type=TOKEN_TYPE,
    )


def to_claims(claims: Claims) -> session_pb2.AccessTokenClaims:
    return session_pb2.AccessTokenClaims(
        user_id=str(claims.user_id),
        session_id=str(claims.session_id),
        tenant_id=claims.tenant_id,
        issue_time=to_timestamp(claims.issue_time),
        expire_time=to_timestamp(claims.expire_time),
        token_id=str(claims.token_id),
    )


def to_session(session: Session, now: datetime) -> session_pb2.Session:
    return session_pb2.Session(
        session_id=str(session.id),
        user_id=str(session.user_id),
        state=_state(session, now),
        ip_address=session.ip_address or "",
        user_agent=session.user_agent or "",
        create_time=to_timestamp(session.created_at),
        last_refresh_time=to_timestamp(session.rotated_at if session.generation else None),
        expire_time=to_timestamp(session.expires_at),
        revoke_time=to_timestamp(session.revoked_at),
    )


def _state(session: Session, now: datetime) -> session_pb2.SessionState:
    if session.revoked_at is not None:
        return session_pb2.SESSION_STATE_REVOKED
    if session.expires_at <= now:
        return session_pb2.SESSION_STATE_EXPIRED
    return session_pb2.SESSION_STATE_ACTIVE
