"""One call of every RPC, with all that it needs: what the table of their costs is measured by."""

from collections.abc import Callable, Mapping
from threading import Event
from typing import Any
from uuid import uuid4

from identity_service.calls.audit_reading import BEGINNING, EventFilter
from identity_service.identity.passwords import HashingCost
from identity_service.identity.start_password_reset import ResetMethod
from tests.services.hashing import place_to_hash
from tests.services.household import PASSWORD
from tests.services.somebody import Somebody

OTHER_PASSWORD = "walnut-comet-drizzle-7"
NOTICE = {"kind": "NOTIFICATION_KIND_NOTIFICATION", "category": "news", "subject": "News", "message": "Hello."}
TEMPLATE = {"kind": "NOTIFICATION_KIND_WELCOME", "locale": "en", "subject": "Hi", "html": "<p>Hi</p>", "text": "Hi"}

Scene = Callable[[Somebody], Mapping[str, Any] | Callable[[], object]]
"""The fields of the call; or, where the call is not made by a client, the act."""


def nothing(_: Somebody) -> Mapping[str, Any]:
    """Whatever the contract asks for will do."""
    return {}


def repeated(somebody: Somebody, rpc: str, **fields: str) -> Mapping[str, Any]:
    """The fields of a call that was made before."""
    given = fields | {"request_id": str(uuid4())}
    somebody.meter.call(rpc, **given)()
    return given


def overridden(somebody: Somebody) -> Mapping[str, Any]:
    """The place of a template that is there."""
    somebody.meter.call("PutTemplateOverride", **TEMPLATE)()
    return {name: TEMPLATE[name] for name in ("kind", "locale")}


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def renewing(somebody: Somebody) -> Mapping[str, Any]:
    somebody.household.set_hash(somebody.user.id, place_to_hash(HashingCost(memory=64, passes=2)).hash(PASSWORD))
    return {"email": somebody.email, "password": PASSWORD}


def watching(somebody: Somebody) -> Callable[[], object]:
    """One look: the watch of a client looks on until nobody listens."""
    looks = iter([True, False])
    watch = somebody.journeys.audit_reading.watch
    return lambda: list(watch("nobody", EventFilter(), after=BEGINNING, goes_on=lambda: next(looks), stopping=Event()))


def delivering(somebody: Somebody) -> Callable[[], object]:
    """In a worker that knows the tenant's templates."""
    assert somebody.user  # whose mail was delivered
    registered = somebody.household.register(somebody.new_email)
    somebody.household.handed_off()
    return lambda: somebody.household.mailroom.delivery.deliver("default", registered.notification_id)


SCENES: dict[str, Scene] = {
    # AccountService
    "RegisterUser": lambda s: {"email": s.new_email, "password": PASSWORD},
    "RegisterUser, with a request_id": lambda s: {
        "email": s.new_email,
        "password": PASSWORD,
        "request_id": str(uuid4()),
    },
    "RegisterUser, repeated": lambda s: repeated(s, "RegisterUser", email=s.new_email, password=PASSWORD),
    "VerifyEmail": lambda s: {"token": s.registered().token},
    "VerifyEmail, by code": lambda s: {"email_code": {"email": s.new_email, "code": s.registered().code}},
    "ResendEmailVerification": lambda s: {"email": s.registered().to},
    "StartPasswordReset": lambda s: {"email": s.user.email},
    "ResendPasswordReset": lambda s: {"email": s.resetting(ResetMethod.LINK).to},
    "ConfirmPasswordReset": lambda s: {"token": s.resetting(ResetMethod.LINK).token, "new_password": OTHER_PASSWORD},
    "ConfirmPasswordReset, by code": lambda s: {
        "email_code": {"email": s.email, "code": s.resetting(ResetMethod.CODE).code},
        "new_password": OTHER_PASSWORD,
    },
    "ChangePassword": lambda s: {
        "user_id": s.signed_in(),
        "current_password": PASSWORD,
        "new_password": OTHER_PASSWORD,
    },
    "DeleteAccount": lambda s: {"user_id": s.signed_in(), "password": PASSWORD},
    "StartEmailChange": lambda s: {"user_id": s.id, "password": PASSWORD, "new_email": s.new_email},
    "ConfirmEmailChange": lambda s: {"token": s.changing().token},
    "ConfirmEmailChange, by code": lambda s: {"user_code": {"user_id": s.id, "code": s.changing().code}},
    "InviteUser": lambda s: {"inviter_user_id": s.id, "email": s.new_email, "user_type": "user"},
    "AcceptInvitation": lambda s: {"token": s.invited().token, "password": PASSWORD},
    # SessionService
    "SignIn": lambda s: {"email": s.user.email, "password": PASSWORD},
    "SignIn, hash renewed": renewing,
    "SignIn, wrong": lambda s: {"email": s.user.email, "password": OTHER_PASSWORD},
    "RequestOtp": lambda s: {"email": s.user.email},
    "VerifyOtp": lambda s: {"code": s.one_time_code(), "email": s.email},
    "VerifyOtp, wrong": lambda s: {"code": other_than(s.one_time_code()), "email": s.email},
    "RefreshSession": lambda s: {"refresh_token": s.sign_in().tokens.refresh_token},
    "VerifyAccessToken": lambda s: {"access_token": s.sign_in().tokens.access_token},
    "ListSessions": lambda s: {"user_id": s.signed_in()},
    "RevokeSession": lambda s: {"user_id": s.id, "session_id": s.session_id()},
    "RevokeUserSessions": lambda s: {"user_id": s.signed_in()},
    "GetJsonWebKeySet": nothing,
    # UserService and ChallengeService
    "GetUser": lambda s: {"user_id": s.id},
    "ListUsers": nothing,
    "ListUsers, by prefix": lambda _: {"email_prefix": "ada"},
    "UpdateUser": lambda s: {"user_id": s.id},
    "SuspendUser": lambda s: {"user_id": s.signed_in()},
    "ReinstateUser": lambda s: {"user_id": s.suspended()},
    "DeleteUser": lambda s: {"user_id": s.signed_in()},
    "ImportUsers, a chunk": lambda s: {"users": [{"email": s.new_email, "email_verified": True}]},
    "ImportUsers, with somebody known": lambda s: {"users": [{"email": s.user.email, "email_verified": True}]},
    "ExportUser": lambda s: {"user_id": s.signed_in()},
    "ListChallenges": nothing,
    # AuditService
    "ListAuditEvents": nothing,
    "WatchAuditEvents, at its first look": watching,
    # ApiKeyService and TenantService
    "CreateApiKey": nothing,
    "GetApiKey": lambda s: {"api_key_id": s.api_key()},
    "ListApiKeys": nothing,
    "UpdateApiKey": lambda s: {"api_key_id": s.api_key()},
    "RotateApiKey": lambda s: {"api_key_id": s.api_key()},
    "RevokeApiKey": lambda s: {"api_key_id": s.api_key()},
    "CreateTenant": lambda s: {"tenant_id": s.tenant_id},
    "GetTenant": lambda s: {"tenant_id": s.tenant()},
    "ListTenants": nothing,
    "UpdateTenant": lambda s: {"tenant_id": s.tenant(), "profile": {"display_name": "Acme"}},
    # NotificationService
    "NotifyUsers": lambda s: {"user_ids": [s.id], "content": NOTICE},
    "GetNotification": lambda s: {"notification_id": s.queued()},
    "ListNotifications": nothing,
    "WatchNotification, of a mail that has ended": lambda s: {"notification_id": s.dead()},
    "RetryNotification": lambda s: {"notification_id": s.dead()},
    "CancelNotification": lambda s: {"notification_id": s.queued()},
    # CampaignService
    "CreateCampaign": lambda _: {"content": NOTICE},
    "GetCampaign": lambda s: {"campaign_id": str(s.campaign())},
    "ListCampaigns": nothing,
    "PauseCampaign": lambda s: {"campaign_id": str(s.campaign())},
    "ResumeCampaign": lambda s: {"campaign_id": s.paused_campaign()},
    "CancelCampaign": lambda s: {"campaign_id": str(s.campaign())},
    # PreferenceService
    "GetPreferences": lambda s: {"user_id": s.id},
    "UpdatePreferences": lambda s: {"user_id": s.id},
    "ListSuppressions": nothing,
    "AddSuppression": lambda s: {"email": s.new_email},
    "RemoveSuppression": lambda s: {"suppression_id": s.suppression()},
    # TemplateService
    "ListTemplates": nothing,
    "RenderTemplate": lambda _: {"draft": None},
    "PutTemplateOverride": lambda _: TEMPLATE,
    "DeleteTemplateOverride": lambda s: overridden(s),
    # Workers
    "Delivery": delivering,
}
"""By the RPC, with what tells two calls of it apart after a comma."""
