"""Campaigns that are paused, resumed and cancelled on the way."""

from datetime import timedelta
from functools import partial
from threading import Thread
from unittest.mock import Mock

import pytest
from structlog.testing import capture_logs

from identity_service.ids import new_id
from identity_service.notification.errors import CampaignStateWrong
from identity_service.notification.messages import campaign_watch, delivery, fan_out
from identity_service.notification.messages.campaign_watch import CampaignWatch
from identity_service.notification.senders import PermanentFailure, TransientFailure
from identity_service.storage.errors import DatabaseUnavailable
from identity_service.storage.queries import batches
from identity_service.storage.queries import campaigns as campaign_queries
from identity_service.storage.queries import messages as message_queries
from identity_service.storage.queries import notifications as queries
from identity_service.storage.tables import audit_events, notifications
from tests.services.campaigns import carry_on, create, fan_out_fully, found, recipients_of, states
from tests.services.household import Household
from tests.services.many_notifications import fill
from tests.services.many_users import add_users
from tests.services.resend import Answer, ResendServer
from tests.services.resend_mails import sender_to
from tests.services.scripted_sender import ScriptedSender
from tests.services.statements import counted

pytestmark = pytest.mark.usefixtures("small_batches")


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
    monkeypatch.setattr(campaign_watch, "LOOK_SECONDS", 0)
    add_users(household, 40, user_type="artist")
    campaign_id = create(household)

    def stop(_mail: object) -> None:
        getattr(household.journeys.campaigns, steer)(household.call(), campaign_id)

    sender = ScriptedSender([stop])
    household.send_through(sender)
    fan_out_fully(household, campaign_id)
    carry_on(household)
    assert len(sender.accepted) == 1
    assert states(household) - {"sent"} <= left
    untried = [row for row in household.rows(notifications) if row["state"] != "sent"]
    assert {row["attempts"] for row in untried} == {0}


def test_a_pause_ends_the_wait_for_a_turn_and_no_rest_follows(
    household: Household, resend: ResendServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(campaign_watch, "LOOK_SECONDS", 0)
    add_users(household, 3, user_type="artist")
    campaign_id = create(household)
    fan_out_fully(household, campaign_id)

    def pause(_handler: object) -> Answer:
        household.journeys.campaigns.pause(household.call(), campaign_id)
        return Answer(429, {"name": "rate_limit_exceeded", "message": "Later."}, {"Retry-After": "8"})

    resend.faults.append(pause)
    household.send_through(sender_to(resend))
    with capture_logs() as logs:
        carry_on(household)
    assert resend.mails == []
    assert {(row["state"], row["attempts"]) for row in household.rows(notifications)} == {("queued", 0)}
    assert "mail_server_takes_nothing" not in [entry["event"] for entry in logs]


def test_a_worker_that_cannot_look_at_its_campaign_keeps_what_it_knows_and_sends_no_more(
    household: Household, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(campaign_watch, "LOOK_SECONDS", 0)
    monkeypatch.setattr(delivery, "SLICE_SECONDS", 0)
    add_users(household, 4, user_type="artist")
    campaign_id = create(household)

    def lose_the_database(_mail: object) -> None:
        monkeypatch.setattr(message_queries, "may_be_sent", Mock(side_effect=DatabaseUnavailable()))

    sender = ScriptedSender([lose_the_database])
    household.send_through(sender)
    fan_out_fully(household, campaign_id)
    household.mailroom.relay.run_once()
    woken = household.take_messages()[0]
    household.mailroom.messages.deliver("default", campaign_id, woken.args[2])
    assert len(sender.accepted) == 1
    rows = [(row["state"], row["attempts"]) for row in household.rows(notifications)]
    assert sorted(rows) == [("queued", 0)] * 3 + [("sent", 1)]


def test_a_batch_that_was_stopped_stays_stopped_when_the_campaign_is_resumed(
    household: Household, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(campaign_watch, "LOOK_SECONDS", 0)
    add_users(household, 1, user_type="artist")
    campaign_id = create(household)
    fan_out_fully(household, campaign_id)
    watch = CampaignWatch(household.core.database, "default", campaign_id)
    assert watch.goes_on()
    household.journeys.campaigns.pause(household.call(), campaign_id)
    assert not watch.goes_on()
    household.journeys.campaigns.resume(household.call(), campaign_id)
    assert CampaignWatch(household.core.database, "default", campaign_id).goes_on()
    assert not watch.goes_on()


def test_a_cancelled_campaign_calls_all_its_waiting_mails_off(household: Household):
    add_users(household, 12, user_type="artist")
    campaign_id = create(household)
    fan_out_fully(household, campaign_id)
    household.journeys.campaigns.cancel(household.call(), campaign_id)
    carry_on(household)
    assert (household.letters(), states(household)) == ([], {"cancelled"})
    after = found(household, campaign_id)
    assert (after.campaign.state, after.message.cancelled, after.campaign.relay_at) == ("cancelled", 12, None)


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


@pytest.mark.parametrize("steer", ["pause", "cancel", None])
def test_a_wake_up_for_nothing_writes_nothing(household: Household, steer: str | None):
    campaign_id = create(household)
    if steer:
        getattr(household.journeys.campaigns, steer)(household.call(), campaign_id)
    carry_on(household)
    with counted(household.core.database) as statements:
        household.mailroom.fan_out.run("default", campaign_id)
    assert not {"UPDATE campaigns SET", "UPDATE messages SET"} & set(statements.shapes)


def test_no_more_than_a_batch_is_called_off_at_once(household: Household):
    """Mails that wait and mails that lost workers left count together."""
    now, message_id = household.clock(), new_id()
    fill(household.core.database, 2, now=now, message_id=message_id)
    fill(household.core.database, 4, now=now, message_id=message_id, state="sending", attempts=1)
    with household.core.database.begin() as transaction:
        cancel = partial(batches.cancel_waiting, transaction.connection, "default", message_id, now=now, most=3)
        assert [cancel(), cancel(), cancel()] == [3, 3, 0]
