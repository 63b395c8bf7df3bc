"""The services of the contract, made from the journeys."""

from functools import partial
from threading import Event

from identity.v1 import (
    account_service_pb2_grpc,
    api_key_service_pb2_grpc,
    audit_service_pb2_grpc,
    challenge_service_pb2_grpc,
    session_service_pb2_grpc,
    tenant_service_pb2_grpc,
    user_service_pb2_grpc,
)
from notification.v1 import (
    campaign_service_pb2_grpc,
    notification_service_pb2_grpc,
    preference_service_pb2_grpc,
    template_service_pb2_grpc,
)

from identity_service.bootstrap import Core, Journeys
from identity_service.rpc.account_servicer import AccountServicer
from identity_service.rpc.api_key_servicer import ApiKeyServicer
from identity_service.rpc.audit_servicer import AuditServicer
from identity_service.rpc.callers import ApiKeyAuthenticator
from identity_service.rpc.campaign_servicer import CampaignServicer
from identity_service.rpc.challenge_servicer import ChallengeServicer
from identity_service.rpc.converters.notifications import NotificationConverter
from identity_service.rpc.interceptors.method import methods_of, scopes_of
from identity_service.rpc.notification_servicer import NotificationServicer
from identity_service.rpc.preference_servicer import PreferenceServicer
from identity_service.rpc.refused_callers import RefusedCallers
from identity_service.rpc.registration import Registration
from identity_service.rpc.session_servicer import SessionServicer
from identity_service.rpc.template_servicer import TemplateServicer
from identity_service.rpc.tenant_servicer import TenantServicer
from identity_service.rpc.user_servicer import UserServicer

_NAMES = (
    "identity.v1.AccountService",
    "identity.v1.ApiKeyService",
    "identity.v1.SessionService",
    "identity.v1.TenantService",
    "notification.v1.NotificationService",
    "notification.v1.PreferenceService",
    "notification.v1.CampaignService",
    "notification.v1.TemplateService",
    "identity.v1.UserService",
    "identity.v1.AuditService",
    "identity.v1.ChallengeService",
)


def all_scopes() -> frozenset[str]:
    """Every scope that an RPC of the contract declares."""
    return scopes_of(_NAMES)


def rpcs_by_scope() -> dict[str, list[str]]:
    """The RPCs, by short names, that each scope opens."""
    opened: dict[str, list[str]] = {}
    for service in _NAMES:
        for name, method in methods_of(service).items():
            opened.setdefault(method.scope, []).append(name)
    return opened


def key_authenticator(core: Core, journeys: Journeys) -> ApiKeyAuthenticator:
    """Lets callers in by their API keys."""
    refused = RefusedCallers(journeys.limiter, journeys.caller_refusals)
    return ApiKeyAuthenticator(journeys.key_directory, refused, core.clock)


def registrations(core: Core, journeys: Journeys, stopping: Event) -> list[Registration]:
    """What adds each service to a server. `stopping` ends the streams."""
    accounts = AccountServicer(
        register=journeys.register,
        verify_email=journeys.verify_email,
        resend_verification=journeys.resend_verification,
        delete_account=journeys.delete_account,
        start_password_reset=journeys.start_password_reset,
        confirm_password_reset=journeys.confirm_password_reset,
        change_password=journeys.change_password,
        start_email_change=journeys.start_email_change,
        confirm_email_change=journeys.confirm_email_change,
        invite=journeys.invite,
        accept_invitation=journeys.accept_invitation,
    )
    sessions = SessionServicer(
        sign_in=journeys.sign_in,
        request_code=journeys.request_code,
        verify_code=journeys.verify_code,
        refresh_session=journeys.refresh_session,
        verify_access_token=journeys.verify_access_token,
        sessions=journeys.sessions,
        access_tokens=journeys.access_tokens,
        clock=core.clock,
    )
    users = UserServicer(
        user_accounts=journeys.user_accounts,
        delete_account=journeys.delete_account,
        import_users=journeys.import_users,
        export_user=journeys.export_user,
        stopping=stopping,
    )
    challenges = ChallengeServicer(challenges=journeys.challenge_list, clock=core.clock)
    notifications = NotificationServicer(
        notifications=journeys.notifications,
        notify_users=journeys.notify_users,
        convert=NotificationConverter(core.composers),
        stopping=stopping,
    )
    preferences = PreferenceServicer(preferences=journeys.preferences, suppressions=journeys.suppressions)
    api_keys = ApiKeyServicer(api_keys=journeys.api_keys, clock=core.clock)
    audit = AuditServicer(reading=journeys.audit_reading, stopping=stopping)
    tenants = TenantServicer(tenants=journeys.tenants, defaults=core.tenants.defaults)
    return [
        partial(account_service_pb2_grpc.add_AccountServiceServicer_to_server, accounts),
        partial(api_key_service_pb2_grpc.add_ApiKeyServiceServicer_to_server, api_keys),
        partial(session_service_pb2_grpc.add_SessionServiceServicer_to_server, sessions),
        partial(audit_service_pb2_grpc.add_AuditServiceServicer_to_server, audit),
        partial(tenant_service_pb2_grpc.add_TenantServiceServicer_to_server, tenants),
        partial(user_service_pb2_grpc.add_UserServiceServicer_to_server, users),
        partial(challenge_service_pb2_grpc.add_ChallengeServiceServicer_to_server, challenges),
        partial(notification_service_pb2_grpc.add_NotificationServiceServicer_to_server, notifications),
        partial(preference_service_pb2_grpc.add_PreferenceServiceServicer_to_server, preferences),
        partial(campaign_service_pb2_grpc.add_CampaignServiceServicer_to_server, CampaignServicer(journeys.campaigns)),
        partial(template_service_pb2_grpc.add_TemplateServiceServicer_to_server, TemplateServicer(journeys.templates)),
    ]
