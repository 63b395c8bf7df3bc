"""A person about whom a call can be made, and what has to be there first."""

from functools import cached_property
from itertools import count
from typing import Any
from uuid import UUID

from identity_service.identity.invite import InviteCommand
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

CAMPAIGN = CreateCampaign("Spring", ("artist",), Content("news", subject="News", body="Hello."))
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
