"""What the RPCs call."""

from dataclasses import dataclass

from identity_service.bootstrap import configured, tenants
from identity_service.bootstrap.core import Core
from identity_service.bootstrap.tenant_checks import tenant_checks
from identity_service.calls.audit import AuditTrail
from identity_service.calls.audit_reading import AuditReading
from identity_service.calls.once import Once
from identity_service.calls.refusals import Refusals
from identity_service.identity.accept_invitation import AcceptInvitation
from identity_service.identity.access_tokens import AccessTokens
from identity_service.identity.audited_limits import AuditedLimiter
from identity_service.identity.challenge_list import ChallengeList
from identity_service.identity.challenges import Challenges
from identity_service.identity.change_email import ConfirmEmailChange
from identity_service.identity.change_password import ChangePassword
from identity_service.identity.delete_account import DeleteAccount
from identity_service.identity.export_user import ExportUser
from identity_service.identity.import_users import ImportUsers
from identity_service.identity.invite import Invite
from identity_service.identity.limit_windows import LocalWindows
from identity_service.identity.limits import SUBJECT_LABEL, CountingLimiter, Limiter, Limits, NoLimits, Rule
from identity_service.identity.one_time_code import RequestCode, VerifyCode
from identity_service.identity.password_check import PasswordCheck
from identity_service.identity.passwords import NewPasswords, PasswordHasher, PasswordPolicy, available_cores
from identity_service.identity.refresh_session import RefreshSession
from identity_service.identity.register import Register
from identity_service.identity.renew_hash import RenewHash
from identity_service.identity.resend_verification import ResendVerification
from identity_service.identity.reset_password import ConfirmPasswordReset
from identity_service.identity.sessions import Sessions, TokenIssuer
from identity_service.identity.sign_in import SignIn
from identity_service.identity.start_email_change import StartEmailChange
from identity_service.identity.start_password_reset import StartPasswordReset
from identity_service.identity.user_accounts import UserAccounts
from identity_service.identity.verify_access_token import VerifyAccessToken
from identity_service.identity.verify_email import VerifyEmail
from identity_service.notification.messages.campaigns import Campaigns
from identity_service.notification.messages.notify_users import NotifyUsers
from identity_service.notification.outbox import Outbox
from identity_service.notification.preferences import Preferences
from identity_service.notification.reading import Notifications
from identity_service.notification.suppressions import Suppressions
from identity_service.notification.templates import Templates
from identity_service.notification.unsubscribe_links import UnsubscribeLinks
from identity_service.settings import Settings
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
    audit: AuditReading
    refresh_session: RefreshSession
    verify_access_token: VerifyAccessToken
    access_tokens: AccessTokens
    user_accounts: UserAccounts
    import_users: ImportUsers
    export_user: ExportUser
    challenge_list: ChallengeList
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
    """The journeys on one core."""
    settings, database, clock = core.settings, core.database, core.clock
    audit, hasher = AuditTrail(clock), _hasher(settings)
    refusals = Refusals(database, audit)
    limiter = AuditedLimiter(_limiter(core), refusals)
    breached = configured.breached_passwords(settings)
    passwords = NewPasswords(policy=PasswordPolicy(), breached=breached, hasher=hasher)
    once = Once(database, core.key_ring, clock)
    outbox = Outbox(core.hand_off, core.schedules, clock)
    challenges = Challenges(database, core.key_ring, clock, limiter=limiter, refusals=refusals)
    password_check = PasswordCheck(database=database, hasher=hasher, limiter=limiter, refusals=refusals)
    tokens = access_tokens(core)
    key_directory = KeyDirectory(database, clock)
    issuer = TokenIssuer(core.key_ring, tokens)
    sessions = Sessions(database=database, once=once, issuer=issuer, audit=audit, clock=clock)
    return Journeys(
        register=Register(
            once=once,
            challenges=challenges,
            outbox=outbox,
            audit=audit,
            limiter=limiter,
            passwords=passwords,
            rules=tenants.registration_rules(core.tenants),
        ),
        verify_email=VerifyEmail(once=once, challenges=challenges, outbox=outbox, audit=audit, clock=clock),
        resend_verification=ResendVerification(
            database=database,
            once=once,
            challenges=challenges,
            outbox=outbox,
            audit=audit,
            limiter=limiter,
            clock=clock,
        ),
        start_email_change=StartEmailChange(
            once=once,
            password_check=password_check,
            challenges=challenges,
            outbox=outbox,
            audit=audit,
            limiter=limiter,
            rules=tenants.registration_rules(core.tenants),
        ),
        confirm_email_change=ConfirmEmailChange(
            database=database, once=once, challenges=challenges, outbox=outbox, audit=audit, clock=clock
        ),
        invite=Invite(
            once=once,
            challenges=challenges,
            outbox=outbox,
            audit=audit,
            limiter=limiter,
            rules=tenants.registration_rules(core.tenants),
        ),
        accept_invitation=AcceptInvitation(
            database=database,
            once=once,
            challenges=challenges,
            passwords=passwords,
            outbox=outbox,
            audit=audit,
            clock=clock,
        ),
        delete_account=DeleteAccount(once=once, password_check=password_check, outbox=outbox, audit=audit, clock=clock),
        start_password_reset=StartPasswordReset(
            once=once, challenges=challenges, outbox=outbox, audit=audit, limiter=limiter, clock=clock
        ),
        confirm_password_reset=ConfirmPasswordReset(
            database=database,
            once=once,
            challenges=challenges,
            outbox=outbox,
            audit=audit,
            passwords=passwords,
            clock=clock,
        ),
        change_password=ChangePassword(
            once=once, password_check=password_check, passwords=passwords, outbox=outbox, audit=audit, clock=clock
        ),
        sign_in=SignIn(
            database=database,
            once=once,
            sessions=sessions,
            hasher=hasher,
            limiter=limiter,
            refusals=refusals,
            renew_hash=RenewHash(database=database, hasher=hasher),
        ),
        request_code=RequestCode(once=once, challenges=challenges, outbox=outbox, audit=audit, limiter=limiter),
        verify_code=VerifyCode(once=once, challenges=challenges, sessions=sessions),
        audit=AuditReading(database),
        sessions=sessions,
        refresh_session=RefreshSession(database=database, issuer=issuer, audit=audit, refusals=refusals, clock=clock),
        verify_access_token=VerifyAccessToken(database=database, access_tokens=tokens, clock=clock),
        access_tokens=tokens,
        user_accounts=UserAccounts(database=database, once=once, audit=audit, clock=clock),
        challenge_list=ChallengeList(database=database, clock=clock),
        export_user=ExportUser(database=database, audit=audit),
        import_users=ImportUsers(
            database=database, audit=audit, rules=tenants.registration_rules(core.tenants), clock=clock
        ),
        templates=Templates(
            database=database,
            once=once,
            audit=audit,
            directory=core.overrides,
            renderer=core.renderer,
            brands=tenants.brands(core.tenants),
            clock=clock,
        ),
        notifications=Notifications(
            database=database, once=once, outbox=outbox, audit=audit, schedules=core.schedules, clock=clock
        ),
        notify_users=NotifyUsers(
            database=database,
            once=once,
            audit=audit,
            hand_off=core.hand_off,
            schedules=core.schedules,
            clock=clock,
            lanes=configured.message_lanes(settings),
        ),
        campaigns=Campaigns(
            database=database,
            once=once,
            audit=audit,
            hand_off=core.hand_off,
            clock=clock,
            lanes=configured.message_lanes(settings),
        ),
        preferences=preferences(core),
        suppressions=Suppressions(database=database, once=once, audit=audit, clock=clock),
        api_keys=api_keys(core, key_directory),
        tenants=Tenants(
            database=database,
            once=once,
            audit=audit,
            directory=core.tenants,
            checks=tenant_checks(settings),
            clock=clock,
        ),
        key_directory=key_directory,
        caller_refusals=Refusals(database, audit),  # with a bound of its own: an attack must not hide other refusals
        limiter=limiter,
    )


def preferences(core: Core) -> Preferences:
    """What users want to receive: steered by RPCs, and by the links in mails."""
    once = Once(core.database, core.key_ring, core.clock)
    return Preferences(database=core.database, once=once, audit=AuditTrail(core.clock), clock=core.clock)


def unsubscribe_links(core: Core) -> UnsubscribeLinks:
    """Makes the unsubscribe links of mails, and reads them."""
    return UnsubscribeLinks(core.key_ring, core.settings.resolved_edge_url)


def api_keys(core: Core, directory: KeyDirectory | None = None) -> ApiKeys:
    """Makes and ends the keys that backends call with; `directory` is where this process looks them up."""
    return ApiKeys(
        database=core.database,
        once=Once(core.database, core.key_ring, core.clock),
        audit=AuditTrail(core.clock),
        directory=directory or KeyDirectory(core.database, core.clock),
        clock=core.clock,
    )


def access_tokens(core: Core) -> AccessTokens:
    """Issues access tokens, and publishes the keys that they are checked with."""
    return AccessTokens(
        core.key_ring,
        core.clock,
        issuer=core.settings.token_issuer or core.settings.resolved_public_url,
        audience=core.settings.token_audience or core.settings.resolved_public_url,
    )


def _hasher(settings: Settings) -> PasswordHasher:
    """Hashing may keep all cores busy, which the server processes share, and three quarters of the threads of each: a
    storm of registrations leaves the others to all other calls."""
    running = max(1, available_cores() // settings.grpc_processes)
    return PasswordHasher(
        configured.hashing_cost(settings),
        running=running,
        waiting=max(1, settings.grpc_threads * 3 // 4 - running),
        imported_like=configured.imported_hash(settings),
    )


def _limiter(core: Core) -> Limiter:
    settings = core.settings
    if settings.rate_limits == "off":
        return NoLimits()
    base = Limits(**{rule.value: configured.limit(settings, rule) for rule in Rule})
    subject_key = core.key_ring.derive(core.key_ring.active.id, SUBJECT_LABEL)
    limits_of = tenants.limits(core.tenants, base)
    return CountingLimiter(limits_of, configured.windows(settings), subject_key, local=LocalWindows())
