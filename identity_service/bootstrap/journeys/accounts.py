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
        once=parts.once,
        challenges=parts.challenges,
        outbox=parts.outbox,
        audit=parts.audit,
        limiter=parts.limiter,
        passwords=parts.passwords,
        rules=parts.rules,
    )


def verify_email(parts: Parts) -> VerifyEmail:
    return VerifyEmail(
        once=parts.once, challenges=parts.challenges, outbox=parts.outbox, audit=parts.audit, clock=parts.clock
    )


def resend_verification(parts: Parts) -> ResendVerification:
    return ResendVerification(
        database=parts.database,
        once=parts.once,
        challenges=parts.challenges,
        outbox=parts.outbox,
        audit=parts.audit,
        limiter=parts.limiter,
        clock=parts.clock,
    )


def start_password_reset(parts: Parts) -> StartPasswordReset:
    return StartPasswordReset(
        once=parts.once,
        challenges=parts.challenges,
        outbox=parts.outbox,
        audit=parts.audit,
        limiter=parts.limiter,
        clock=parts.clock,
    )


def confirm_password_reset(parts: Parts) -> ConfirmPasswordReset:
    return ConfirmPasswordReset(
        database=parts.database,
        once=parts.once,
        challenges=parts.challenges,
        outbox=parts.outbox,
        audit=parts.audit,
        passwords=parts.passwords,
        clock=parts.clock,
    )


def change_password(parts: Parts) -> ChangePassword:
    return ChangePassword(
        once=parts.once,
        password_check=parts.password_check,
        passwords=parts.passwords,
        outbox=parts.outbox,
        audit=parts.audit,
        clock=parts.clock,
    )


def start_email_change(parts: Parts) -> StartEmailChange:
    return StartEmailChange(
        once=parts.once,
        password_check=parts.password_check,
        challenges=parts.challenges,
        outbox=parts.outbox,
        audit=parts.audit,
        limiter=parts.limiter,
        rules=parts.rules,
    )


def confirm_email_change(parts: Parts) -> ConfirmEmailChange:
    return ConfirmEmailChange(
        database=parts.database,
        once=parts.once,
        challenges=parts.challenges,
        outbox=parts.outbox,
        audit=parts.audit,
        clock=parts.clock,
    )


def invite(parts: Parts) -> Invite:
    return Invite(
        once=parts.once,
        challenges=parts.challenges,
        outbox=parts.outbox,
        audit=parts.audit,
        limiter=parts.limiter,
        rules=parts.rules,
    )


def accept_invitation(parts: Parts) -> AcceptInvitation:
    return AcceptInvitation(
        database=parts.database,
        once=parts.once,
        challenges=parts.challenges,
        passwords=parts.passwords,
        outbox=parts.outbox,
        audit=parts.audit,
        clock=parts.clock,
    )


def delete_account(parts: Parts) -> DeleteAccount:
    return DeleteAccount(
        once=parts.once,
        password_check=parts.password_check,
        outbox=parts.outbox,
        audit=parts.audit,
        clock=parts.clock,
    )
