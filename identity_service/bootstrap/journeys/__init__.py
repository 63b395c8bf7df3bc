"""What the RPCs call: the list of it, and a module for each family that says what its journeys are made of."""

from dataclasses import dataclass

from identity_service.bootstrap.core import Core
from identity_service.bootstrap.journeys import accounts, mails, operators, signing_in
from identity_service.bootstrap.journeys.parts import build_parts
from identity_service.calls.audit_reading import AuditReading
from identity_service.calls.refusals import Refusals
from identity_service.identity.accept_invitation import AcceptInvitation
from identity_service.identity.access_tokens import AccessTokens
from identity_service.identity.challenge_list import ChallengeList
from identity_service.identity.change_password import ChangePassword
from identity_service.identity.confirm_email_change import ConfirmEmailChange
from identity_service.identity.confirm_password_reset import ConfirmPasswordReset
from identity_service.identity.delete_account import DeleteAccount
from identity_service.identity.export_user import ExportUser
from identity_service.identity.import_users import ImportUsers
from identity_service.identity.invite import Invite
from identity_service.identity.limits import Limiter
from identity_service.identity.one_time_code import RequestCode, VerifyCode
from identity_service.identity.refresh_session import RefreshSession
from identity_service.identity.register import Register
from identity_service.identity.resend_verification import ResendVerification
from identity_service.identity.sessions import Sessions
from identity_service.identity.sign_in import SignIn
from identity_service.identity.start_email_change import StartEmailChange
from identity_service.identity.start_password_reset import StartPasswordReset
from identity_service.identity.user_accounts import UserAccounts
from identity_service.identity.verify_access_token import VerifyAccessToken
from identity_service.identity.verify_email import VerifyEmail
from identity_service.notification.messages.campaigns import Campaigns
from identity_service.notification.messages.notify_users import NotifyUsers
from identity_service.notification.preferences import Preferences
from identity_service.notification.reading import Notifications
from identity_service.notification.suppressions import Suppressions
from identity_service.notification.templates import Templates
from identity_service.tenants.api_keys import ApiKeys
from identity_service.tenants.key_directory import KeyDirectory
from identity_service.tenants.tenants import Tenants


@dataclass(frozen=True, slots=True)
class Journeys:
    """What the RPCs call."""

    register: Register
    verify_email: VerifyEmail
    resend_verification: ResendVerification
    delete_account: DeleteAccount
    start_password_reset: StartPasswordReset
    confirm_password_reset: ConfirmPasswordReset
    change_password: ChangePassword
    start_email_change: StartEmailChange
    confirm_email_change: ConfirmEmailChange
    invite: Invite
    accept_invitation: AcceptInvitation
    sign_in: SignIn
    request_code: RequestCode
    verify_code: VerifyCode
    sessions: Sessions
    refresh_session: RefreshSession
    verify_access_token: VerifyAccessToken
    access_tokens: AccessTokens
    user_accounts: UserAccounts
    import_users: ImportUsers
    export_user: ExportUser
    challenge_list: ChallengeList
    audit_reading: AuditReading
    notifications: Notifications
    notify_users: NotifyUsers
    campaigns: Campaigns
    templates: Templates
    preferences: Preferences
    suppressions: Suppressions
    api_keys: ApiKeys
    tenants: Tenants
    key_directory: KeyDirectory
    caller_refusals: Refusals
    limiter: Limiter


def build_journeys(core: Core) -> Journeys:
    """The journeys on one core. Raises `SettingsRefused`."""
    parts = build_parts(core)
    session = signing_in.session_parts(core, parts)
    key_directory = KeyDirectory(core.database, core.clock)
    return Journeys(
        register=accounts.register(parts),
        verify_email=accounts.verify_email(parts),
        resend_verification=accounts.resend_verification(parts),
        delete_account=accounts.delete_account(parts),
        start_password_reset=accounts.start_password_reset(parts),
        confirm_password_reset=accounts.confirm_password_reset(parts),
        change_password=accounts.change_password(parts),
        start_email_change=accounts.start_email_change(parts),
        confirm_email_change=accounts.confirm_email_change(parts),
        invite=accounts.invite(parts),
        accept_invitation=accounts.accept_invitation(parts),
        sign_in=signing_in.sign_in(parts, session.sessions),
        request_code=signing_in.request_code(parts),
        verify_code=signing_in.verify_code(parts, session.sessions),
        sessions=session.sessions,
        refresh_session=signing_in.refresh_session(parts, session.issuer),
        verify_access_token=signing_in.verify_access_token(parts, session.access_tokens),
        access_tokens=session.access_tokens,
        user_accounts=operators.user_accounts(parts),
        import_users=operators.import_users(parts),
        export_user=operators.export_user(parts),
        challenge_list=operators.challenge_list(parts),
        audit_reading=AuditReading(core.database),
        notifications=mails.notifications(core, parts),
        notify_users=mails.notify_users(core, parts),
        campaigns=mails.campaigns(core, parts),
        templates=mails.templates(core, parts),
        preferences=mails.preferences(core),
        suppressions=mails.suppressions(parts),
        api_keys=operators.api_keys(core, key_directory),
        tenants=operators.tenants(core, parts),
        key_directory=key_directory,
        caller_refusals=Refusals(core.database, parts.audit),  # with a bound of its own: attacks hide no others
        limiter=parts.limiter,
    )
