"""Dead mails of messages to many, which an operator has tried again."""

from uuid import UUID

import pytest

from identity_service.bootstrap.configured import message_lanes
from identity_service.notification.messages import delivery
from identity_service.notification.senders import PermanentFailure, TransientFailure
from identity_service.storage.tables import notifications
from tests.services.campaigns import carry_on, create, fan_out_fully, found, states
from tests.services.household import Household
from tests.services.many_users import add_users
from tests.services.scripted_sender import ScriptedSender


def retry_the_dead(household: Household) -> UUID:
    dead: UUID = next(row["id"] for row in household.rows(notifications) if row["state"] == "dead")
    household.journeys.notifications.retry(household.call(), dead)
    return dead


def test_a_message_that_sleeps_is_woken(household: Household):
    household.send_through(ScriptedSender([PermanentFailure("550 no")]))
    add_users(household, 1, user_type="artist")
    campaign_id = create(household)
    carry_on(household)
    retry_the_dead(household)
    household.relay()
    message = found(household, campaign_id).message
    assert (message.sent, message.dead, message.relay_at) == (1, 0, None)


def test_a_message_that_was_to_be_woken_later_is_woken_soon(household: Household):
    household.send_through(ScriptedSender([PermanentFailure("550 no"), TransientFailure("451 later")]))
    add_users(household, 2, user_type="artist")
    create(household)
    carry_on(household)
    retried = retry_the_dead(household)
    household.clock.turn(seconds=6)
    household.relay()
    assert household.notification(retried).state == "sent"
    assert states(household) == {"sent", "queued"}


def test_the_workers_of_a_message_go_on(household: Household, monkeypatch: pytest.MonkeyPatch):
    """To wake it would end them all."""
    monkeypatch.setattr(delivery, "BATCH", 1)
    monkeypatch.setattr(delivery, "SLICE_SECONDS", 0)
    number, sender = message_lanes(household.settings), ScriptedSender([PermanentFailure("550 no")])
    household.send_through(sender)
    add_users(household, number + 1, user_type="artist")
    campaign_id = create(household)
    fan_out_fully(household, campaign_id)
    household.mailroom.relay.run_once()
    first, *others = (worker.args[2] for worker in household.take_messages())
    household.mailroom.messages.deliver("default", campaign_id, first)
    retry_the_dead(household)
    for wake in (first, *others):
        household.mailroom.messages.deliver("default", campaign_id, wake)
    assert len(sender.accepted) == number == 1 + len(others)
    carry_on(household)
    assert states(household) == {"sent"}
