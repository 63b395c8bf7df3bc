"""Who a campaign writes to, and who not, whatever happens while they are looked up."""

import pytest

from identity_service.notification.messages import fan_out
from identity_service.notification.unsubscribe_links import Subscription
from identity_service.storage.queries import recipients
from identity_service.storage.rows.preferences import SuppressionReason
from identity_service.storage.tables import notifications
from tests.services.at_once import all_at_once
from tests.services.campaigns import NEWS, carry_on, create, fan_out_fully, found, recipients_of
from tests.services.household import PASSWORD, Household
from tests.services.many_users import add_users

pytestmark = pytest.mark.usefixtures("small_batches")


def test_users_who_are_suspended_get_none(household: Household):
    people = add_users(household, 6, user_type="artist")
    household.suspend(people[2])
    campaign_id = create(household)
    carry_on(household)
    assert "3@artist.example" not in recipients_of(household)
    campaign = found(household, campaign_id).campaign
    assert (campaign.recipients, campaign.state) == (5, "finished")


def test_users_of_other_tenants_are_not_written_to(household: Household):
    household.add_tenant("other")
    add_users(household, 2, user_type="artist")
    add_users(household, 2, user_type="artist", tenant_id="other")
    create(household)
    carry_on(household)
    assert {row["tenant_id"] for row in household.rows(notifications)} == {"default"}


def test_a_fan_out_that_several_workers_are_at_queues_each_recipient_once(household: Household):
    add_users(household, 43, user_type="artist")
    campaign_id = create(household)
    household.take_messages()
    all_at_once([lambda: household.mailroom.fan_out.run("default", campaign_id)] * 4)
    household.mailroom.fan_out.run("default", campaign_id)
    assert len(recipients_of(household)) == len(set(recipients_of(household))) == 43
    assert found(household, campaign_id).campaign.recipients == 43


def test_a_fan_out_goes_on_where_it_was_interrupted(household: Household, monkeypatch: pytest.MonkeyPatch):
    class Killed(BaseException):
        pass

    add_users(household, 13, user_type="artist")
    campaign_id = create(household)
    household.take_messages()
    queue_range, calls = recipients.queue_range, iter(range(3))

    def interrupted(*arguments: object, **named: object) -> int:
        queued = queue_range(*arguments, **named)  # type: ignore[arg-type]
        if next(calls) == 1:
            raise Killed
        return queued

    monkeypatch.setattr(recipients, "queue_range", interrupted)
    with pytest.raises(Killed):
        household.mailroom.fan_out.run("default", campaign_id)
    monkeypatch.setattr(recipients, "queue_range", queue_range)
    assert len(recipients_of(household)) == 5
    household.clock.turn(seconds=31)
    carry_on(household)
    assert len(recipients_of(household)) == 13
    assert found(household, campaign_id).campaign.state == "finished"


def test_who_changes_type_during_the_fan_out_is_written_to_once(household: Household, monkeypatch: pytest.MonkeyPatch):
    add_users(household, 1, user_type="artist")
    add_users(household, 1, user_type="label")
    campaign_id = create(household, "artist", "label")
    household.take_messages()
    monkeypatch.setattr(fan_out, "SLICE_SECONDS", 0)
    household.mailroom.fan_out.run("default", campaign_id)
    with household.core.database.connect() as connection:
        connection.exec_driver_sql("UPDATE users SET user_type = 'label'")
    carry_on(household)
    assert recipients_of(household) == ["1@artist.example", "1@label.example"]
    assert found(household, campaign_id).campaign.recipients == 2


def test_who_unsubscribes_or_bounces_after_queueing_is_not_mailed(household: Household):
    leaving, bouncing, _ = add_users(household, 3, user_type="artist")
    campaign_id = create(household)
    fan_out_fully(household, campaign_id)
    household.journeys.preferences.unsubscribe(household.call(), Subscription("default", leaving, NEWS.category))
    bounced = household.journeys.user_accounts.get("default", bouncing).email
    household.journeys.suppressions.add(
        household.call(), email=bounced, address_key=bounced, reason=SuppressionReason.HARD_BOUNCE
    )
    carry_on(household)
    assert [letter.to for letter in household.letters()] == ["3@artist.example"]
    after = found(household, campaign_id)
    assert (after.campaign.state, after.message.sent, after.message.suppressed) == ("finished", 1, 2)


def test_a_deleted_user_is_not_mailed_and_the_campaign_finishes(household: Household):
    leaving = household.user("leaving@example.com")
    add_users(household, 1, user_type="user")
    campaign_id = create(household, "user")
    fan_out_fully(household, campaign_id)
    assert recipients_of(household).count("leaving@example.com") > 1
    household.journeys.delete_account(household.call(), leaving.id, PASSWORD)
    carry_on(household)
    assert [letter.to for letter in household.letters() if letter.subject == NEWS.subject] == ["1@user.example"]
    assert found(household, campaign_id).campaign.state == "finished"
