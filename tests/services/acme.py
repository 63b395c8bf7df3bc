"""Another tenant, with one of everything in it, for tests that no caller can tell it from nothing."""

from typing import Any

from google.protobuf.descriptor import MethodDescriptor

from identity_service.identity.addresses import parse_address
from identity_service.identity.invite import InviteCommand
from identity_service.identity.start_email_change import EmailChangeCommand
from identity_service.identity.start_password_reset import ResetMethod
from identity_service.ids import new_id
from identity_service.notification.messages.campaigns import CreateCampaign
from identity_service.notification.messages.content import Content
from identity_service.storage.rows.preferences import SuppressionReason
from identity_service.storage.tables import metadata
from tests.services.contract import Way, named
from tests.services.front import Front
from tests.services.household import PASSWORD

NOBODY = "nobody@example.com"
UNKNOWN_TOKEN = "A" * 64
CAMPAIGN = CreateCampaign("Spring", ("user",), Content("newsletter", subject="News", body="Hello."))


class Acme:
    """Another tenant, and one of everything in it, by the names of the fields that ask for it."""

    def __init__(self, front: Front) -> None:
        self._front = front
        household = front.household
        household.add_tenant("acme")
        call = household.call(tenant="acme")
        ada = household.user("ada@acme.example", call)
        change = household.journeys.start_email_change(call, EmailChangeCommand(ada.id, PASSWORD, "eve@acme.example"))
        invited = household.journeys.invite(call, InviteCommand(ada.id, "dee@acme.example", "user"))
        pending = household.register("bo@acme.example", call)
        reset = household.journeys.start_password_reset(call, ada.email, ResetMethod.LINK)
        code = household.journeys.request_code(call, ada.email)
        signed_in = household.journeys.sign_in(call, ada.email, PASSWORD)
        verified = household.journeys.verify_access_token("acme", signed_in.tokens.access_token)
        campaign = household.journeys.campaigns.create(call, CAMPAIGN)
        bounced = parse_address("cy@acme.example")
        suppression = household.journeys.suppressions.add(
            call, email=bounced.text, address_key=bounced.key, reason=SuppressionReason.OPERATOR
        )
        self.known = {
            "user_id": str(ada.id),
            "session_id": str(verified.session.id),
            "keep_session_id": str(verified.session.id),
            "except_session_id": str(verified.session.id),
            "subject_id": str(verified.session.id),
            "notification_id": str(pending.notification_id),
            "api_key_id": str(front.new_key("users:read", tenant="acme").row.id),
            "suppression_id": str(suppression.id),
            "user_ids": str(ada.id),
            "inviter_user_id": str(ada.id),
            "campaign_id": str(campaign.id),
            "batch_id": str(campaign.id),
            "email": ada.email,
            "new_email": ada.email,
            "recipient": ada.email,
            "token": household.letter(pending.notification_id).token,
            "AcceptInvitation.token": household.letter(invited.notification_id).token,
            "ConfirmEmailChange.token": household.letter(change.notification_id).token,
            "ConfirmPasswordReset.token": household.letter(reset.notification_id).token,
            "code": household.letter(code.notification_id).code,
            "access_token": signed_in.tokens.access_token,
            "refresh_token": signed_in.tokens.refresh_token,
            "password": PASSWORD,
            "current_password": PASSWORD,
        }
        self.unknown = dict.fromkeys(filter(str.islower, self.known), str(new_id())) | {
            "email": NOBODY,
            "new_email": NOBODY,
            "recipient": NOBODY,
            "token": UNKNOWN_TOKEN,
            "code": "000000",
            "access_token": UNKNOWN_TOKEN,
            "refresh_token": UNKNOWN_TOKEN,
            "password": PASSWORD,
            "current_password": PASSWORD,
        }

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """All that the database holds of it."""
        return {table.name: self._of(table.name) for table in metadata.sorted_tables}

    def _of(self, name: str) -> list[dict[str, Any]]:
        found = self._front.household.rows(metadata.tables[name])
        return sorted((row for row in found if row.get("tenant_id", row.get("id")) == "acme"), key=str)


def name_at(method: MethodDescriptor, way: Way, named_as: dict[str, str]) -> str:
    """What is named there: `Acme` may know better of one RPC than of all."""
    return named_as.get(f"{method.name}.{named(way)}", named_as[way[-1].name])
