"""The journeys of people with their own account."""

from identity_service.bootstrap.journeys.parts import Parts
from identity_service.identity.accept_invitation import AcceptInvitation
from identity_service.identity.change_password import ChangePassword
from identity_service.identity.confirm_email_change import ConfirmEmailChange
from identity_service.identity.confirm_password_reset import ConfirmPasswordReset
from identity_service.identity.delete_account import DeleteAccount
from identity_service.identity.invite import Invite
from identity_service.identity.register import Register
from identity_service.identity.resend_verification import ResendVerification
from identity_service.identity.start_email_change import StartEmailChange
from identity_service.identity.start_password_reset import StartPasswordReset
from identity_service.identity.verify_email import VerifyEmail


def register(parts: Parts) -> Register:
    return Register(
        **parts.mailing,
        challenges=parts.challenges,
        limiter=parts.limiter,
        passwords=parts.passwords,
        rules=parts.rules,
    )


def verify_email(parts: Parts) -> VerifyEmail:
    return VerifyEmail(**parts.mailing, challenges=parts.challenges, clock=parts.clock)


def resend_verification(parts: Parts) -> ResendVerification:
    return ResendVerification(
        **parts.recording, challenges=parts.challenges, outbox=parts.outbox, limiter=parts.limiter
    )


def start_password_reset(parts: Parts) -> StartPasswordReset:
    return StartPasswordReset(**parts.mailing, challenges=parts.challenges, limiter=parts.limiter, clock=parts.clock)


def confirm_password_reset(parts: Parts) -> ConfirmPasswordReset:
    return ConfirmPasswordReset(
        **parts.recording, challenges=parts.challenges, outbox=parts.outbox, passwords=parts.passwords
    )


def change_password(parts: Parts) -> ChangePassword:
    return ChangePassword(
        **parts.mailing, password_check=parts.password_check, passwords=parts.passwords, clock=parts.clock
    )


def start_email_change(parts: Parts) -> StartEmailChange:
    return StartEmailChange(
        **parts.mailing,
        places=parts.places,
        password_check=parts.password_check,
        challenges=parts.challenges,
        limiter=parts.limiter,
        rules=parts.rules,
    )


def confirm_email_change(parts: Parts) -> ConfirmEmailChange:
    return ConfirmEmailChange(**parts.recording, challenges=parts.challenges, outbox=parts.outbox)


def invite(parts: Parts) -> Invite:
    return Invite(**parts.mailing, challenges=parts.challenges, limiter=parts.limiter, rules=parts.rules)


def accept_invitation(parts: Parts) -> AcceptInvitation:
    return AcceptInvitation(
        **parts.recording, challenges=parts.challenges, passwords=parts.passwords, outbox=parts.outbox
    )


def delete_account(parts: Parts) -> DeleteAccount:
    return DeleteAccount(**parts.mailing, places=parts.places, password_check=parts.password_check, clock=parts.clock)
