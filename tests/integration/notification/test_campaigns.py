"""Campaigns: everybody of some types, once each; made, listed, sent, finished."""

from datetime import timedelta
from uuid import uuid4

import pytest

from identity_service.notification.errors import CampaignNotFound
from identity_service.storage.tables import audit_events, messages, notifications
from tests.services.campaigns import carry_on, create, found, recipients_of
from tests.services.household import Household
from tests.services.many_users import add_users
from tests.services.scripted_sender import ScriptedSender

pytestmark = pytest.mark.usefixtures("small_batches")


def test_everybody_of_the_types_gets_one_mail_and_the_campaign_finishes(household: Household):
    add_users(household, 12, user_type="artist")
    add_users(household, 3, user_type="label")
    add_users(household, 4, user_type="admin")
    campaign_id = create(household, "artist", "label")
    carry_on(household)
    expected = [f"{number}@artist.example" for number in range(1, 13)] + [f"{n}@label.example" for n in (1, 2, 3)]
    assert sorted(letter.to for letter in household.letters()) == sorted(expected) == recipients_of(household)
    campaign, message = found(household, campaign_id).campaign, found(household, campaign_id).message
    assert (campaign.state, campaign.expected, campaign.recipients, message.sent) == ("finished", 15, 15, 15)
    assert campaign.finished_at is not None
    assert (campaign.relay_at, message.relay_at) == (None, None)
    events = [row["event"] for row in household.rows(audit_events)]
    assert events == ["campaign.created", "campaign.finished"]


def test_a_campaign_mail_is_of_the_low_queue_and_can_be_unsubscribed_from(household: Household):
    sender = ScriptedSender()
    add_users(household, 1, user_type="artist")
    create(household)
    household.send_through(sender)
    carry_on(household)
    (row,) = household.rows(notifications)
    assert (row["queue"], row["user_type"], row["kind"]) == ("low", "artist", "notification")
    (mail,) = sender.accepted
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in mail.message.data  # type: ignore[union-attr]


def test_a_campaign_without_recipients_finishes(household: Household):
    campaign_id = create(household, "nobody")
    carry_on(household)
    assert found(household, campaign_id).campaign.state == "finished"


def test_a_scheduled_campaign_begins_at_its_time(household: Household):
    add_users(household, 2, user_type="artist")
    now = household.clock.stand()
    campaign_id = create(household, starts_at=now + timedelta(hours=1))
    carry_on(household)
    assert found(household, campaign_id).campaign.state == "scheduled"
    household.clock.turn(hours=1)
    carry_on(household)
    assert found(household, campaign_id).campaign.state == "finished"


def test_a_campaign_of_another_tenant_is_not_found(household: Household):
    household.add_tenant("other")
    campaign_id = create(household)
    with pytest.raises(CampaignNotFound):
        household.journeys.campaigns.get("other", campaign_id)
    with pytest.raises(CampaignNotFound):
        household.journeys.campaigns.cancel(household.call(tenant="other"), campaign_id)


def test_a_repeated_creation_creates_once(household: Household):
    request_id = uuid4()
    assert create(household, request_id=request_id) == create(household, request_id=request_id)
    assert len(household.rows(messages)) == 1


def test_campaigns_are_listed_newest_first_and_by_state(household: Household):
    first, second, third = (create(household) for _ in range(3))
    household.journeys.campaigns.pause(household.call(), second)
    page = household.journeys.campaigns.page
    assert [each.id for each in page("default", [], before=None, size=2)] == [third, second]
    assert [each.id for each in page("default", [], before=second, size=2)] == [first]
    assert [each.id for each in page("default", ["paused"], before=None, size=2)] == [second]


def test_hand_offs_that_redis_forgets_are_repeated(household: Household):
    add_users(household, 12, user_type="artist")
    campaign_id = create(household)
    household.take_messages()
    for _ in range(20):
        household.clock.turn(seconds=31)
        household.mailroom.relay.run_once()
        first, *_lost = household.take_messages() or [None]
        if first is not None:
            household.core.broker.enqueue(first)
            household.post()
    assert found(household, campaign_id).campaign.state == "finished"
    assert len(household.letters()) == 12
