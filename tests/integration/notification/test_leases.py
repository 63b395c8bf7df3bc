"""Workers that die, hang, or come too late."""

from datetime import timedelta
from uuid import UUID

import pytest

from identity_service.notification.delivery import LEASE
from identity_service.notification.senders import OutgoingMail, PermanentFailure, TransientFailure
from identity_service.storage.queries import delivery as queries
from tests.services.at_once import all_at_once
from tests.services.household import Household
from tests.services.scripted_sender import ScriptedSender


class Killed(BaseException):
    """What ends a worker without giving it a last word."""


def die(_mail: OutgoingMail) -> None:
    raise Killed


def lose_a_worker(household: Household) -> UUID:
    """A mail whose worker was killed between claim and record."""
    household.send_through(ScriptedSender([die]))
    registered = household.register()
    with pytest.raises(Killed):
        household.post()
    return registered.notification_id


def relay_before(household: Household) -> "list[object]":
    """What a worker does whose lease runs out while the server takes its time."""

    def slow(_mail: OutgoingMail) -> None:
        household.clock.turn(seconds=61)
        household.mailroom.relay.run_once()

    return [slow]


def test_a_claimed_mail_belongs_to_its_worker_for_a_minute(household: Household):
    household.clock.stand()
    lost = lose_a_worker(household)
    mail = household.notification(lost)
    assert (mail.state, mail.attempts, mail.relay_at) == ("sending", 1, household.clock() + LEASE)
    household.clock.turn(seconds=59, microseconds=999_999)
    assert household.relay() == 0
    assert household.notification(lost).state == "sending"


def test_the_mail_of_a_lost_worker_is_sent_by_another(household: Household):
    household.clock.stand()
    lost = lose_a_worker(household)
    household.clock.turn(seconds=60)
    assert household.relay() == 1
    mail = household.notification(lost)
    assert (mail.state, mail.attempts) == ("sent", 2)
    assert household.outcomes(lost) == ["lost", "sent"]


def test_a_lost_attempt_says_what_happened(household: Household):
    lost = lose_a_worker(household)
    household.clock.turn(seconds=61)
    household.mailroom.relay.run_once()
    (attempt,) = household.journeys.notifications.get("default", lost).attempts
    assert (attempt.outcome, attempt.error) == ("lost", "the worker was lost, or took too long")
    assert attempt.started_at <= attempt.ended_at


def test_a_lost_attempt_shows_when_it_was_started(household: Household):
    started = household.clock.stand()
    lost = lose_a_worker(household)
    household.clock.turn(seconds=75)
    household.mailroom.relay.run_once()
    (attempt,) = household.journeys.notifications.get("default", lost).attempts
    assert (attempt.started_at, attempt.ended_at) == (started, started + timedelta(seconds=75))


def test_a_mail_that_kills_every_worker_is_dead_in_the_end(household: Household):
    registered = household.register()
    household.send_through(ScriptedSender(then=die))
    for _ in range(6):
        with pytest.raises(Killed):
            household.mailroom.delivery.deliver("default", registered.notification_id)
        household.clock.turn(seconds=61)
        household.mailroom.relay.run_once()
    mail = household.notification(registered.notification_id)
    assert (mail.state, mail.attempts) == ("dead", 6)
    assert household.outcomes(registered.notification_id) == ["lost"] * 6


def test_a_success_after_the_lease_ran_out_is_recorded(household: Household):
    """The server has accepted the mail, so that it must not be sent again."""
    sender = ScriptedSender(relay_before(household))
    household.send_through(sender)
    registered = household.register()
    household.post()
    household.clock.turn(hours=1)
    household.relay()
    assert household.notification(registered.notification_id).state == "sent"
    assert household.outcomes(registered.notification_id) == ["sent"]
    assert len(sender.accepted) == 1


def test_a_success_of_the_last_attempt_after_its_lease_ran_out_is_recorded(household: Household):
    transient = [TransientFailure("451 later")] * 5
    household.send_through(ScriptedSender([*transient, *relay_before(household)]))
    registered = household.register()
    for _ in range(6):
        household.clock.turn(minutes=5)
        household.mailroom.delivery.deliver("default", registered.notification_id)
    mail = household.notification(registered.notification_id)
    assert (mail.state, mail.attempts, mail.last_error) == ("sent", 6, None)


@pytest.mark.parametrize("failure", [TransientFailure("451 later"), PermanentFailure("550 no")])
def test_a_failure_after_the_lease_ran_out_changes_nothing(household: Household, failure: Exception):
    """The row has gone on without this worker; only one of them may say when it is due."""

    def fail_late(mail: OutgoingMail) -> None:
        relay_before(household)[0](mail)  # type: ignore[operator]
        raise failure

    household.send_through(ScriptedSender([fail_late]))
    registered = household.register()
    household.mailroom.delivery.deliver("default", registered.notification_id)
    mail = household.notification(registered.notification_id)
    assert (mail.state, mail.due_at <= household.clock()) == ("queued", True)
    assert household.outcomes(registered.notification_id) == ["lost"]


def test_a_stale_workers_result_does_not_touch_the_attempt_that_followed(household: Household):
    """Its success and its failure alike: the second attempt speaks for itself."""
    for stale_outcome in (None, PermanentFailure("550 no")):

        def overtaken(mail: OutgoingMail, outcome: Exception | None = stale_outcome) -> None:
            household.clock.turn(seconds=61)
            household.mailroom.relay.run_once()
            with pytest.raises(Killed):
                household.mailroom.delivery.deliver("default", mail.notification_id)
            if outcome:
                raise outcome

        household.send_through(ScriptedSender([overtaken, die]))
        registered = household.register(f"{stale_outcome is None}@example.com".lower())
        household.mailroom.delivery.deliver("default", registered.notification_id)
        mail = household.notification(registered.notification_id)
        assert (mail.state, mail.attempts) == ("sending", 2)
        assert household.outcomes(registered.notification_id) == ["lost"]


def test_of_several_workers_at_once_one_sends(household: Household):
    sender = ScriptedSender()
    household.send_through(sender)
    registered = household.register()
    ended = all_at_once([lambda: household.mailroom.delivery.deliver("default", registered.notification_id)] * 8)
    assert ended == [None] * 8
    assert len(sender.accepted) == 1
    assert household.notification(registered.notification_id).attempts == 1


def test_one_of_several_claims_at_once_is_granted(household: Household):
    registered, now = household.register(), household.clock()

    def claim() -> object:
        with household.core.database.connect() as connection:
            lease = now + LEASE
            return queries.claim(connection, "default", registered.notification_id, now=now, lease_ends_at=lease)

    assert len([one for one in all_at_once([claim] * 8) if one]) == 1
