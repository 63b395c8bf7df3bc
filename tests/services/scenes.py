"""One call of every RPC, with all that it needs: what the table of their costs is measured by."""

from collections.abc import Callable, Mapping
from functools import cached_property
from itertools import count
from threading import Event
from typing import Any
from uuid import UUID, uuid4

from identity_service.calls.audit_reading import BEGINNING, EventFilter
from identity_service.identity.invite import InviteCommand
from identity_service.identity.passwords import HashingCost, PasswordHasher
from identity_service.identity.start_email_change import EmailChangeCommand
from identity_service.identity.start_password_reset import ResetMethod
from identity_service.identity.users import UserProfile
from identity_service.notification.messages.campaigns import CreateCampaign
from identity_service.notification.messages.content import Content
from identity_service.notification.senders import PermanentFailure
from identity_service.storage.rows.preferences import SuppressionReason
from identity_service.tenants.api_keys import Grant
from tests.services.costs import Meter
from tests.services.household import PASSWORD, Letter
from tests.services.scripted_sender import ScriptedSender

OTHER_PASSWORD = "walnut-comet-drizzle-7"
NOTICE = {"kind": "NOTIFICATION_KIND_NOTIFICATION", "category": "news", "subject": "News", "message": "Hello."}
CAMPAIGN = CreateCampaign("Spring", ("artist",), Content("news", subject="News", body="Hello."))
TEMPLATE = {"kind": "NOTIFICATION_KIND_WELCOME", "locale": "en", "subject": "Hi", "html": "<p>Hi</p>", "text": "Hi"}
_numbers = count(1)


class Somebody:
    """A user of whom no other scene knows, and what it takes to act for them."""

    def __init__(self, meter: Meter, locale: str = "en") -> None:
        number = next(_numbers)
        self.locale = locale
        self.meter = meter
        self.household = meter.household
        self.journeys = self.household.journeys
        self.call = self.household.call(locale=locale)
        self.email = f"ada{number}@example.com"
        self.new_email = f"new{number}@example.com"
        self.tenant_id = f"acme{number}"

    @cached_property
    def user(self) -> UserProfile:
        return self.household.user(self.email, locale=self.locale)

    @property
    def id(self) -> str:
        return str(self.user.id)

    def sign_in(self) -> Any:
        """A new session, and its tokens."""
        assert self.id
        return self.journeys.sign_in(self.call, self.email, PASSWORD)

    def signed_in(self) -> str:
        """The user's id, once there is a session."""
        self.sign_in()
        return self.id

    def session_id(self) -> str:
        token = self.sign_in().tokens.access_token
        return str(self.journeys.verify_access_token("default", token).session.id)

    def registered(self) -> Letter:
        """What came of registering the new address."""
        registered = self.household.register(self.new_email, locale=self.locale)
        return self.household.letter(registered.notification_id)

    def invited(self) -> Letter:
        invitation = self.journeys.invite(self.call, InviteCommand(self.user.id, self.new_email, "user"))
        return self.household.letter(invitation.notification_id)

    def changing(self) -> Letter:
        """What came of asking for the new address."""
        command = EmailChangeCommand(self.user.id, PASSWORD, self.new_email)
        return self.household.letter(self.journeys.start_email_change(self.call, command).notification_id)

    def resetting(self, method: ResetMethod) -> Letter:
        assert self.id
        started = self.journeys.start_password_reset(self.call, self.email, method)
        return self.household.letter(started.notification_id)

    def one_time_code(self) -> str:
        assert self.id
        return self.household.code(self.email)

    def suspended(self) -> str:
        return str(self.journeys.user_accounts.suspend(self.call, self.user.id, "").id)

    def api_key(self) -> str:
        grant = Grant("test", ("users:read",))
        return str(self.journeys.api_keys.create(self.call, frozenset({"users:read"}), grant).row.id)

    def campaign(self) -> UUID:
        return self.journeys.campaigns.create(self.call, CAMPAIGN).id

    def paused_campaign(self) -> str:
        return str(self.journeys.campaigns.pause(self.call, self.campaign()).id)

    def tenant(self) -> str:
        self.meter.call("CreateTenant", tenant_id=self.tenant_id)()
        return self.tenant_id

    def suppression(self) -> str:
        added = self.journeys.suppressions.add(
            self.call, email=self.new_email, address_key=self.new_email, reason=SuppressionReason.OPERATOR
        )
        return str(added.id)

    def queued(self) -> str:
        """A notification that waits."""
        return str(self.household.register(self.new_email).notification_id)

    def dead(self) -> str:
        """A notification that was refused for good."""
        mailroom, notification_id = self.household.mailroom, self.queued()
        self.household.send_through(ScriptedSender(then=PermanentFailure("550 no such mailbox")))
        self.household.post()
        self.household.mailroom = mailroom
        return notification_id


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
    cheap = PasswordHasher(HashingCost(memory=64, passes=2))
    somebody.household.set_hash(somebody.user.id, cheap.hash(PASSWORD))
    return {"email": somebody.email, "password": PASSWORD}


def watching(somebody: Somebody) -> Callable[[], object]:
    """One look: the watch of a client looks on until nobody listens."""
    looks = iter([True, False])
    watch = somebody.journeys.audit_reading.watch
    return lambda: list(watch("nobody", EventFilter(), after=BEGINNING, goes_on=lambda: next(looks), stopping=Event()))


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
    "RenderTemplate": lambda _: {"kind": "NOTIFICATION_KIND_WELCOME", "locale": "en"},
    "PutTemplateOverride": lambda _: TEMPLATE,
    "DeleteTemplateOverride": lambda s: overridden(s),
}
"""By the RPC, with what tells two calls of it apart after a comma."""
