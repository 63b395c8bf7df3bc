"""SessionService: messages in, one journey each, messages out."""

from functools import partial
from uuid import UUID

import grpc
from identity.v1 import session_pb2, session_service_pb2_grpc
from identity.v1 import session_service_pb2 as pb

from identity_service.clock import Clock
from identity_service.identity.access_tokens import AccessTokens
from identity_service.identity.one_time_code import RequestCode, VerifyCode
from identity_service.identity.refresh_session import RefreshSession
from identity_service.identity.sessions import Sessions
from identity_service.identity.sign_in import SignIn
from identity_service.identity.verify_access_token import VerifyAccessToken
from identity_service.rpc import paging
from identity_service.rpc.callers import current_caller
from identity_service.rpc.converters.calls import call_of
from identity_service.rpc.converters.sessions import to_claims, to_session, to_tokens
from identity_service.rpc.converters.times import to_timestamp
from identity_service.rpc.converters.users import to_user


class SessionServicer(session_service_pb2_grpc.SessionServiceServicer):
    """See protos/identity/v1/session_service.proto."""

    def __init__(
        self,
        *,
        sign_in: SignIn,
        request_code: RequestCode,
        verify_code: VerifyCode,
        refresh_session: RefreshSession,
        verify_access_token: VerifyAccessToken,
        sessions: Sessions,
        access_tokens: AccessTokens,
        clock: Clock,
    ) -> None:
        self._sign_in = sign_in
        self._request_code = request_code
        self._verify_code = verify_code
        self._refresh_session = refresh_session
        self._verify_access_token = verify_access_token
        self._sessions = sessions
        self._access_tokens = access_tokens
        self._now = clock

    def SignIn(self, request: pb.SignInRequest, context: grpc.ServicerContext) -> pb.SignInResponse:
        signed_in = self._sign_in(call_of(request), request.email, request.password)
        return pb.SignInResponse(tokens=to_tokens(signed_in.tokens), user=to_user(signed_in.user))

    def RequestOtp(self, request: pb.RequestOtpRequest, context: grpc.ServicerContext) -> pb.RequestOtpResponse:
        requested = self._request_code(call_of(request), request.email)
        return pb.RequestOtpResponse(
            notification_id=str(requested.notification_id), expire_time=to_timestamp(requested.expires_at)
        )

    def VerifyOtp(self, request: pb.VerifyOtpRequest, context: grpc.ServicerContext) -> pb.VerifyOtpResponse:
        signed_in = self._verify_code(call_of(request), request.email, request.code)
        return pb.VerifyOtpResponse(tokens=to_tokens(signed_in.tokens), user=to_user(signed_in.user))

    def RefreshSession(
        self, request: pb.RefreshSessionRequest, context: grpc.ServicerContext
    ) -> pb.RefreshSessionResponse:
        tokens = self._refresh_session(call_of(request), request.refresh_token)
        return pb.RefreshSessionResponse(tokens=to_tokens(tokens))

    def VerifyAccessToken(
        self, request: pb.VerifyAccessTokenRequest, context: grpc.ServicerContext
    ) -> pb.VerifyAccessTokenResponse:
        verified = self._verify_access_token(current_caller().tenant_id, request.access_token)
        return pb.VerifyAccessTokenResponse(
            claims=to_claims(verified.claims), session=to_session(verified.session, self._now())
        )

    def ListSessions(self, request: pb.ListSessionsRequest, context: grpc.ServicerContext) -> pb.ListSessionsResponse:
        tenant_id, user_id = current_caller().tenant_id, UUID(request.user_id)
        read = partial(self._sessions.page, tenant_id, user_id, with_ended=request.include_ended)
        found, next_page = paging.page(request, read)
        return pb.ListSessionsResponse(
            sessions=[to_session(session, self._now()) for session in found], next_page_token=next_page
        )

    def RevokeSession(
        self, request: pb.RevokeSessionRequest, context: grpc.ServicerContext
    ) -> pb.RevokeSessionResponse:
        session = self._sessions.revoke(call_of(request), UUID(request.user_id), UUID(request.session_id))
        return pb.RevokeSessionResponse(session=to_session(session, self._now()))

    def RevokeUserSessions(
        self, request: pb.RevokeUserSessionsRequest, context: grpc.ServicerContext
    ) -> pb.RevokeUserSessionsResponse:
        keep = UUID(request.except_session_id) if request.except_session_id else None
        count = self._sessions.revoke_all(call_of(request), UUID(request.user_id), keep)
        return pb.RevokeUserSessionsResponse(revoked_count=count)

    def GetJsonWebKeySet(
        self, request: pb.GetJsonWebKeySetRequest, context: grpc.ServicerContext
    ) -> pb.GetJsonWebKeySetResponse:
        keys = self._access_tokens.jwks()["keys"]
        return pb.GetJsonWebKeySetResponse(keys=[session_pb2.JsonWebKey(**key) for key in keys])
