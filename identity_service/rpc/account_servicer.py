"""AccountService: messages in, one journey each, messages out."""

from uuid import UUID

import grpc
from identity.v1 import account_service_pb2 as pb
from identity.v1 import account_service_pb2_grpc

from identity_service.identity.accept_invitation import AcceptInvitation
from identity_service.identity.change_password import ChangePassword
from identity_service.identity.confirm_email_change import ConfirmEmailChange
from identity_service.identity.confirm_password_reset import ConfirmPasswordReset
from identity_service.identity.delete_account import DeleteAccount
from identity_service.identity.invite import Invite, InviteCommand
from identity_service.identity.register import Register
from identity_service.identity.resend_verification import ResendVerification
from identity_service.identity.start_email_change import EmailChangeCommand, StartEmailChange
from identity_service.identity.start_password_reset import ResetMethod, StartPasswordReset
from identity_service.identity.verify_email import VerifyEmail
from identity_service.rpc.converters.accounts import (
    to_accept_command,
    to_change_proof,
    to_register_command,
    to_reset_proof,
    to_verification_proof,
)
from identity_service.rpc.converters.calls import call_of
from identity_service.rpc.converters.times import to_timestamp
from identity_service.rpc.converters.users import to_user

_RESET_METHODS = {
    pb.PASSWORD_RESET_METHOD_LINK: ResetMethod.LINK,
    pb.PASSWORD_RESET_METHOD_CODE: ResetMethod.CODE,
}


class AccountServicer(account_service_pb2_grpc.AccountServiceServicer):
    """See protos/identity/v1/account_service.proto."""

    def __init__(
        self,
        *,
        register: Register,
        verify_email: VerifyEmail,
        resend_verification: ResendVerification,
        delete_account: DeleteAccount,
        start_password_reset: StartPasswordReset,
        confirm_password_reset: ConfirmPasswordReset,
        change_password: ChangePassword,
        start_email_change: StartEmailChange,
        confirm_email_change: ConfirmEmailChange,
        invite: Invite,
        accept_invitation: AcceptInvitation,
    ) -> None:
        self._register = register
        self._verify_email = verify_email
        self._resend_verification = resend_verification
        self._delete_account = delete_account
        self._start_password_reset = start_password_reset
        self._confirm_password_reset = confirm_password_reset
        self._change_password = change_password
        self._start_email_change = start_email_change
        self._confirm_email_change = confirm_email_change
        self._invite = invite
        self._accept_invitation = accept_invitation

    def RegisterUser(self, request: pb.RegisterUserRequest, context: grpc.ServicerContext) -> pb.RegisterUserResponse:
        registered = self._register(call_of(request), to_register_command(request))
        return pb.RegisterUserResponse(
            user_id=str(registered.user_id),
            notification_id=str(registered.notification_id),
            expire_time=to_timestamp(registered.expires_at),
        )

    def VerifyEmail(self, request: pb.VerifyEmailRequest, context: grpc.ServicerContext) -> pb.VerifyEmailResponse:
        verified = self._verify_email(call_of(request), to_verification_proof(request))
        return pb.VerifyEmailResponse(user=to_user(verified.user), notification_id=str(verified.notification_id))

    def ResendEmailVerification(
        self, request: pb.ResendEmailVerificationRequest, context: grpc.ServicerContext
    ) -> pb.ResendEmailVerificationResponse:
        call = call_of(request)
        if request.WhichOneof("target") == "user_id":
            resent = self._resend_verification.to_user(call, UUID(request.user_id))
        else:
            resent = self._resend_verification.to_address(call, request.email)
        return pb.ResendEmailVerificationResponse(
            notification_id=str(resent.notification_id), expire_time=to_timestamp(resent.expires_at)
        )

    def DeleteAccount(
        self, request: pb.DeleteAccountRequest, context: grpc.ServicerContext
    ) -> pb.DeleteAccountResponse:
        deleted = self._delete_account(call_of(request), UUID(request.user_id), request.password)
        return pb.DeleteAccountResponse(notification_id=str(deleted.notification_id))

    def StartPasswordReset(
        self, request: pb.StartPasswordResetRequest, context: grpc.ServicerContext
    ) -> pb.StartPasswordResetResponse:
        queued = self._start_password_reset(call_of(request), request.email, _RESET_METHODS[request.method])
        return pb.StartPasswordResetResponse(
            notification_id=str(queued.notification_id), expire_time=to_timestamp(queued.expires_at)
        )

    def ResendPasswordReset(
        self, request: pb.ResendPasswordResetRequest, context: grpc.ServicerContext
    ) -> pb.ResendPasswordResetResponse:
        queued = self._start_password_reset.resend(call_of(request), request.email)
        return pb.ResendPasswordResetResponse(
            notification_id=str(queued.notification_id), expire_time=to_timestamp(queued.expires_at)
        )

    def ConfirmPasswordReset(
        self, request: pb.ConfirmPasswordResetRequest, context: grpc.ServicerContext
    ) -> pb.ConfirmPasswordResetResponse:
        reset = self._confirm_password_reset(call_of(request), to_reset_proof(request), request.new_password)
        return pb.ConfirmPasswordResetResponse(user=to_user(reset.user), notification_id=str(reset.notification_id))

    def ChangePassword(
        self, request: pb.ChangePasswordRequest, context: grpc.ServicerContext
    ) -> pb.ChangePasswordResponse:
        changed = self._change_password(
            call_of(request),
            UUID(request.user_id),
            request.current_password,
            request.new_password,
            UUID(request.keep_session_id) if request.keep_session_id else None,
        )
        return pb.ChangePasswordResponse(notification_id=str(changed.notification_id))

    def StartEmailChange(
        self, request: pb.StartEmailChangeRequest, context: grpc.ServicerContext
    ) -> pb.StartEmailChangeResponse:
        command = EmailChangeCommand(UUID(request.user_id), request.password, request.new_email)
        queued = self._start_email_change(call_of(request), command)
        return pb.StartEmailChangeResponse(
            notification_id=str(queued.notification_id), expire_time=to_timestamp(queued.expires_at)
        )

    def ConfirmEmailChange(
        self, request: pb.ConfirmEmailChangeRequest, context: grpc.ServicerContext
    ) -> pb.ConfirmEmailChangeResponse:
        changed = self._confirm_email_change(call_of(request), to_change_proof(request))
        return pb.ConfirmEmailChangeResponse(user=to_user(changed.user), notification_id=str(changed.notification_id))

    def InviteUser(self, request: pb.InviteUserRequest, context: grpc.ServicerContext) -> pb.InviteUserResponse:
        command = InviteCommand(UUID(request.inviter_user_id), request.email, request.user_type, request.locale)
        invited = self._invite(call_of(request), command)
        return pb.InviteUserResponse(
            invitation_id=str(invited.invitation_id),
            notification_id=str(invited.notification_id),
            expire_time=to_timestamp(invited.expires_at),
        )

    def AcceptInvitation(
        self, request: pb.AcceptInvitationRequest, context: grpc.ServicerContext
    ) -> pb.AcceptInvitationResponse:
        accepted = self._accept_invitation(call_of(request), to_accept_command(request))
        return pb.AcceptInvitationResponse(user=to_user(accepted.user), notification_id=str(accepted.notification_id))
