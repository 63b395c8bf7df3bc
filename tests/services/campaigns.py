"""A campaign of a household, and what has become of it."""

from uuid import UUID

from identity_service.notification.messages.campaigns import CampaignWithMessage, CreateCampaign
from identity_service.notification.messages.content import Content
from identity_service.storage.tables import notifications
from tests.services.household import Household

NEWS = Content("newsletter", subject="News", body="Payments arrive a day earlier.")


def create(household: Household, *user_types: str, request_id: UUID | None = None, **given: object) -> UUID:
    command = CreateCampaign("Spring", user_types or ("artist",), NEWS, **given)  # type: ignore[arg-type]
    return household.journeys.campaigns.create(household.call(request_id=request_id), command).id


def found(household: Household, campaign_id: UUID) -> CampaignWithMessage:
    return household.journeys.campaigns.get("default", campaign_id)


def carry_on(household: Household) -> None:
    """Deliver and relay until nothing is due."""
    household.post()
    while household.relay():
        pass


def fan_out_fully(household: Household, campaign_id: UUID) -> None:
    household.take_messages()
    household.mailroom.fan_out.run("default", campaign_id)


def recipients_of(household: Household) -> list[str]:
    return sorted(row["recipient"] for row in household.rows(notifications))


def states(household: Household) -> set[str]:
    return {row["state"] for row in household.rows(notifications)}
