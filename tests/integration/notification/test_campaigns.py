"""Campaigns: everybody of some types, once each; paused, resumed and cancelled on the way."""

from datetime import timedelta
from threading import Thread
from uuid import UUID, uuid4

import pytest

from identity_service.notification.errors import CampaignNotFound, CampaignStateWrong
from identity_service.notification.messages import delivery, fan_out
from identity_service.notification.messages.campaigns import CampaignWithMessage, CreateCampaign
from identity_service.notification.messages.content import Content
from identity_service.notification.senders import PermanentFailure, TransientFailure
from identity_service.notification.unsubscribe_links import Subscription
from identity_service.storage.queries import campaigns as campaign_queries
from identity_service.storage.queries import notifications as queries
from identity_service.storage.queries import recipients
from identity_service.storage.rows.preferences import SuppressionReason
from identity_service.storage.tables import audit_events, messages, notifications
from tests.services.at_once import all_at_once
from tests.services.household import Household
from tests.services.many_users import add_users
from tests.services.scripted_sender import ScriptedSender

NEWS = Content("newsletter", subject="News", body="Payments arrive a day earlier.")


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fan_out, "BATCH", 5)
    monkeypatch.setattr(delivery, "BATCH", 4)


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


def planner_knows_of_messages(household: Household) -> bool:
    """Whether PostgreSQL, when it plans, takes any mail to be of a message to many."""
    query = "SELECT FROM pg_stats WHERE tablename = 'notifications' AND attname = 'message_id' AND null_frac < 1"
    with household.core.database.connect() as connection:
        return bool(connection.exec_driver_sql(query).all())


def recipients_of(household: Household) -> list[str]:
    return sorted(row["recipient"] for row in household.rows(notifications))


def states(household: Household) -> set[str]:
    return {row["state"] for row in household.rows(notifications)}


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


def test_the_planner_knows_of_a_campaign_as_soon_as_it_has_mails(household: Household):
    if household.core.database.dialect == "sqlite":
        return  # it plans without looking
    add_users(household, 6, user_type="artist")
    campaign_id = create(household)
    assert not planner_knows_of_messages(household)
    fan_out_fully(household, campaign_id)
    assert planner_knows_of_messages(household)


def test_users_who_are_suspended_get_none(household: Household):
    people = add_users(household, 6, user_type="artist")
    household.suspend(people[2])
    campaign_id = create(household)
    carry_on(household)
    assert "3@artist.example" not in recipients_of(household)
    campaign = found(household, campaign_id).campaign
    assert (campaign.recipients, campaign.state) == (5, "finished")


def test_a_campaign_without_recipients_finishes(household: Household):
    campaign_id = create(household, "nobody")
    carry_on(household)
    assert found(household, campaign_id).campaign.state == "finished"


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


def test_a_scheduled_campaign_begins_at_its_time(household: Household):
    add_users(household, 2, user_type="artist")
    now = household.clock.stand()
    campaign_id = create(household, starts_at=now + timedelta(hours=1))
    carry_on(household)
    assert found(household, campaign_id).campaign.state == "scheduled"
    household.clock.turn(hours=1)
    carry_on(household)
    assert found(household, campaign_id).campaign.state == "finished"


def test_a_paused_campaign_neither_looks_up_nor_sends_until_it_is_resumed(household: Household):
    add_users(household, 12, user_type="artist")
    campaign_id = create(household)
    fan_out_fully(household, campaign_id)
    household.journeys.campaigns.pause(household.call(), campaign_id)
    carry_on(household)
    household.clock.turn(minutes=5)
    carry_on(household)
    assert (household.letters(), states(household)) == ([], {"queued"})
    household.journeys.campaigns.resume(household.call(), campaign_id)
    household.post()
    assert len(household.letters()) == 12
    assert found(household, campaign_id).campaign.state == "finished"


def test_a_pause_during_the_fan_out_stops_it(household: Household, monkeypatch: pytest.MonkeyPatch):
    add_users(household, 12, user_type="artist")
    campaign_id = create(household)
    household.take_messages()
    monkeypatch.setattr(fan_out, "SLICE_SECONDS", 0)
    household.mailroom.fan_out.run("default", campaign_id)
    household.journeys.campaigns.pause(household.call(), campaign_id)
    carry_on(household)
    assert len(recipients_of(household)) == 5
    household.journeys.campaigns.resume(household.call(), campaign_id)
    carry_on(household)
    assert len(recipients_of(household)) == 12


@pytest.mark.parametrize(("steer", "left"), [("pause", {"queued"}), ("cancel", {"queued", "cancelled"})])
def test_a_worker_in_the_middle_of_a_batch_stops_and_gives_the_rest_back(
    household: Household, monkeypatch: pytest.MonkeyPatch, steer: str, left: set[str]
):
    monkeypatch.setattr(delivery, "BATCH", 100)
    monkeypatch.setattr(delivery, "LOOK_SECONDS", 0)
    add_users(household, 40, user_type="artist")
    campaign_id = create(household)

    def stop(_mail: object) -> None:
        getattr(household.journeys.campaigns, steer)(household.call(), campaign_id)

    sender = ScriptedSender([stop])
    household.send_through(sender)
    fan_out_fully(household, campaign_id)
    carry_on(household)
    assert len(sender.accepted) == 8
    assert states(household) - {"sent"} <= left
    untried = [row for row in household.rows(notifications) if row["state"] != "sent"]
    assert {row["attempts"] for row in untried} == {0}


def test_a_cancelled_campaign_calls_all_its_waiting_mails_off(household: Household):
    add_users(household, 12, user_type="artist")
    campaign_id = create(household)
    fan_out_fully(household, campaign_id)
    household.journeys.campaigns.cancel(household.call(), campaign_id)
    carry_on(household)
    assert (household.letters(), states(household)) == ([], {"cancelled"})
    after = found(household, campaign_id)
    assert (after.campaign.state, after.message.cancelled, after.campaign.relay_at) == ("cancelled", 12, None)


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


def test_what_is_over_can_not_be_steered(household: Household):
    campaign_id = create(household)
    carry_on(household)
    for steer in (household.journeys.campaigns.pause, household.journeys.campaigns.cancel):
        with pytest.raises(CampaignStateWrong):
            steer(household.call(), campaign_id)


def test_steering_twice_changes_nothing_more(household: Household):
    campaign_id = create(household)
    for _ in range(2):
        household.journeys.campaigns.pause(household.call(), campaign_id)
    events = [row["event"] for row in household.rows(audit_events)]
    assert events == ["campaign.created", "campaign.paused"]


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


def test_a_deleted_user_is_not_mailed_and_the_campaign_finishes(household: Household):
    add_users(household, 2, user_type="artist")
    campaign_id = create(household)
    fan_out_fully(household, campaign_id)
    with household.core.database.connect() as connection:
        connection.exec_driver_sql("UPDATE notifications SET state = 'cancelled' WHERE recipient = '1@artist.example'")
    carry_on(household)
    assert [letter.to for letter in household.letters()] == ["2@artist.example"]
    assert found(household, campaign_id).campaign.state == "finished"


def test_no_mail_is_revived_behind_a_cancellation(household: Household, monkeypatch: pytest.MonkeyPatch):
    """It would wait for ever: nobody sends it, and nobody calls it off any more."""
    add_users(household, 2, user_type="artist")
    household.send_through(ScriptedSender([PermanentFailure("550 no"), TransientFailure("451 later")]))
    campaign_id = create(household)
    carry_on(household)
    (dead,) = (row for row in household.rows(notifications) if row["state"] == "dead")
    revive = queries.revive

    def cancelled_meanwhile(*arguments: object, **named: object) -> object:
        cancelling.start()
        cancelling.join(0.5)
        return revive(*arguments, **named)  # type: ignore[arg-type]

    def cancel() -> None:
        household.journeys.campaigns.cancel(household.call(), campaign_id)
        carry_on(household)

    cancelling = Thread(target=cancel)
    monkeypatch.setattr(queries, "revive", cancelled_meanwhile)
    household.journeys.notifications.retry(household.call(), dead["id"])
    cancelling.join()
    carry_on(household)
    assert states(household) == {"cancelled"}


@pytest.mark.parametrize("paused", [True, False])
def test_a_campaign_with_nothing_to_look_up_is_not_woken_for_ever(household: Household, paused: bool):
    """A relay whose hand-off failed may put off what has been paused or finished meanwhile."""
    campaign_id = create(household, starts_at=household.clock() + timedelta(hours=1) if paused else None)
    if paused:
        household.journeys.campaigns.pause(household.call(), campaign_id)
    carry_on(household)
    with household.core.database.connect() as connection:
        campaign_queries.put_off(connection, "default", campaign_id, until=household.clock())
    household.relay()
    assert found(household, campaign_id).campaign.relay_at is None
