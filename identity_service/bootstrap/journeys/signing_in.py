"""The journeys that begin, prove and end sessions."""

from dataclasses import dataclass

from identity_service.bootstrap.core import Core
from identity_service.bootstrap.journeys.parts import Parts
from identity_service.identity.access_tokens import AccessTokens
from identity_service.identity.one_time_code import RequestCode, VerifyCode
from identity_service.identity.refresh_session import RefreshSession
from identity_service.identity.renew_hash import RenewHash
from identity_service.identity.sessions import Sessions, TokenIssuer
from identity_service.identity.sign_in import SignIn
from identity_service.identity.verify_access_token import VerifyAccessToken


@dataclass(frozen=True, slots=True)
class SessionParts:
    """What the journeys of sessions share beside the rest."""

    access_tokens: AccessTokens
    issuer: TokenIssuer
    sessions: Sessions


def session_parts(core: Core, parts: Parts) -> SessionParts:
    tokens = access_tokens(core)
    issuer = TokenIssuer(core.key_ring, tokens)
    sessions = Sessions(database=parts.database, once=parts.once, issuer=issuer, audit=parts.audit, clock=parts.clock)
    return SessionParts(tokens, issuer, sessions)


def access_tokens(core: Core) -> AccessTokens:
    """Issues access tokens, and publishes the keys that they are checked with."""
    return AccessTokens(
        core.key_ring,
        core.clock,
        issuer=core.settings.token_issuer or core.settings.resolved_public_url,
        audience=core.settings.token_audience or core.settings.resolved_public_url,
    )


def sign_in(parts: Parts, sessions: Sessions) -> SignIn:
    return SignIn(
        database=parts.database,
        once=parts.once,
        sessions=sessions,
        places=parts.places,
        limiter=parts.limiter,
        refusals=parts.refusals,
        renew_hash=RenewHash(database=parts.database),
    )


def request_code(parts: Parts) -> RequestCode:
    return RequestCode(**parts.mailing, challenges=parts.challenges, limiter=parts.limiter)


def verify_code(parts: Parts, sessions: Sessions) -> VerifyCode:
    return VerifyCode(once=parts.once, challenges=parts.challenges, sessions=sessions)


def refresh_session(parts: Parts, issuer: TokenIssuer) -> RefreshSession:
    return RefreshSession(
        database=parts.database, issuer=issuer, audit=parts.audit, refusals=parts.refusals, clock=parts.clock
    )


def verify_access_token(parts: Parts, tokens: AccessTokens) -> VerifyAccessToken:
    return VerifyAccessToken(database=parts.database, access_tokens=tokens, clock=parts.clock)
