"""What people give to their account, as the journeys take it."""

from uuid import UUID

from identity.v1 import account_service_pb2 as pb

from identity_service.identity.accept_invitation import AcceptCommand
from identity_service.identity.addresses import parse_address
from identity_service.identity.challenges import EmailCode, LinkToken, Proof
from identity_service.identity.confirm_email_change import UserCode
from identity_service.identity.register import RegisterCommand


def to_register_command(request: pb.RegisterUserRequest) -> RegisterCommand:
    return RegisterCommand(
        email=request.email,
        password=request.password,
        password_confirmation=_confirmation(request),
        given_name=request.given_name,
        family_name=request.family_name,
        user_type=request.user_type,
        locale=request.locale,
    )


def to_accept_command(request: pb.AcceptInvitationRequest) -> AcceptCommand:
    return AcceptCommand(
        token=request.token,
        password=request.password,
        password_confirmation=_confirmation(request),
        given_name=request.given_name,
        family_name=request.family_name,
        locale=request.locale,
    )


def to_verification_proof(request: pb.VerifyEmailRequest) -> Proof:
    if request.WhichOneof("proof") == "token":
        return LinkToken(request.token)
    user_id = request.email_code.user_id
    return EmailCode(
        address=parse_address(request.email_code.email, "email_code.email"),
        code=request.email_code.code,
        subject_id=UUID(user_id) if user_id else None,
    )


def to_reset_proof(request: pb.ConfirmPasswordResetRequest) -> Proof:
    if request.WhichOneof("proof") == "token":
        return LinkToken(request.token)
    given = request.email_code
    return EmailCode(address=parse_address(given.email, "email_code.email"), code=given.code)


def to_change_proof(request: pb.ConfirmEmailChangeRequest) -> LinkToken | UserCode:
    if request.WhichOneof("proof") == "token":
        return LinkToken(request.token)
    return UserCode(UUID(request.user_code.user_id), request.user_code.code)


def _confirmation(request: pb.RegisterUserRequest | pb.AcceptInvitationRequest) -> str | None:
    return request.password_confirmation if request.HasField("password_confirmation") else None
