"""The relay: finds the mails that nobody is at, and sees that somebody will be."""

from datetime import timedelta
from pathlib import Path

import pytest

from identity_service.notification.broker import sending
from identity_service.notification.delivery import LEASE
from identity_service.notification.outbox import RELAY_GRACE
from identity_service.notification.relay import BATCH
from identity_service.notification.senders import TransientFailure
from identity_service.storage.queries import delivery as queries
from identity_service.storage.tables import notifications
from tests.services.at_once import all_at_once
from tests.services.household import Household
from tests.services.many_notifications import fill
from tests.services.scripted_sender import ScriptedSender


def test_a_hand_off_under_way_is_left_alone_for_its_grace(household: Household):
    household.clock.stand()
    household.register()
    household.handed_off()  # lost
    household.clock.turn(seconds=4, microseconds=999_999)
    assert household.mailroom.relay.run_once() == 0
    household.clock.turn(microseconds=1)
    assert household.mailroom.relay.run_once() == 1


def test_a_normal_mail_is_left_alone_for_half_a_minute(household: Household):
    household.clock.stand()
    household.user()
    household.handed_off()
    household.clock.turn(seconds=29)
    assert household.mailroom.relay.run_once() == 0
    household.clock.turn(seconds=1)
    assert household.mailroom.relay.run_once() == 1


def test_the_graces_grow_from_queue_to_queue():
    assert [RELAY_GRACE[queue] for queue in ("high", "normal", "low")] == [timedelta(seconds=s) for s in (5, 30, 60)]


def test_a_lost_hand_off_is_delivered(household: Household):
    registered = household.register()
    household.handed_off()
    household.clock.turn(seconds=6)
    assert household.relay() == 1
    assert household.notification(registered.notification_id).state == "sent"


def test_a_row_that_was_handed_off_is_not_handed_off_again_at_once(household: Household):
    household.user("bob@example.com")
    household.register()
    household.handed_off()
    household.clock.stand()
    household.clock.turn(seconds=31)
    assert household.mailroom.relay.run_once() == 2
    assert household.mailroom.relay.run_once() == 0
    household.clock.turn(seconds=9)
    assert household.mailroom.relay.run_once() == 0
    household.clock.turn(seconds=1)
    assert household.mailroom.relay.run_once() == 2


def test_a_due_retry_is_delivered(household: Household):
    household.send_through(ScriptedSender([TransientFailure("451 later")]))
    registered = household.register()
    household.post()
    household.clock.turn(seconds=1)
    assert household.relay() == 0
    household.clock.turn(seconds=2)
    assert household.relay() == 1
    assert household.notification(registered.notification_id).state == "sent"


@pytest.mark.parametrize("state", ["sent", "dead", "expired", "cancelled", "suppressed"])
def test_a_mail_that_has_come_to_an_end_is_never_touched(household: Household, state: str):
    fill(household.core.database, 3, now=household.clock() - timedelta(days=1), state=state)
    assert household.relay() == 0
    assert {row["state"] for row in household.rows(notifications)} == {state}


def test_one_look_takes_all_that_is_due_in_several_batches(household: Household):
    fill(household.core.database, BATCH + 1, now=household.clock() - timedelta(minutes=5))
    assert household.mailroom.relay.run_once() == BATCH + 1
    assert len(set(household.handed_off())) == BATCH + 1


def test_the_longest_overdue_come_first(household: Household):
    now = household.clock()
    later = fill(household.core.database, 1, now=now - timedelta(minutes=1))
    earlier = fill(household.core.database, 1, now=now - timedelta(minutes=9))
    with household.core.database.connect() as connection:
        taken = [queries.relay(connection, now=now, again_at=now + LEASE, most=1) for _ in range(2)]
    assert [[row[1] for row in rows] for rows in taken] == [earlier, later]


def test_mails_of_every_tenant_are_handed_off(household: Household):
    now = household.clock() - timedelta(minutes=5)
    fill(household.core.database, 1, now=now)
    fill(household.core.database, 1, now=now, tenant_id="other")
    household.mailroom.relay.run_once()
    assert {tenant for tenant, _ in household.handed_off()} == {"default", "other"}


def test_relays_at_once_hand_each_row_off_once(household: Household):
    fill(household.core.database, 500, now=household.clock() - timedelta(minutes=5))
    household.clock.stand()
    ended = all_at_once([household.mailroom.relay.run_once] * 4)
    assert not [one for one in ended if isinstance(one, Exception)]
    handed_off = household.handed_off()
    assert len(handed_off) == len(set(handed_off)) == 500


def test_relays_at_once_recover_each_lost_worker_once(household: Household):
    lost = fill(household.core.database, 50, now=household.clock() - timedelta(minutes=5), state="sending", attempts=1)
    ended = all_at_once([household.mailroom.relay.run_once] * 4)
    assert not [one for one in ended if isinstance(one, Exception)]
    assert all(household.outcomes(one) == ["lost"] for one in lost)


def test_a_relay_passes_over_rows_that_another_one_is_at(postgres_url: str, tmp_path: Path):
    """A relay that hangs in its transaction holds up no other."""
    with Household(postgres_url, tmp_path) as household:
        now = household.clock() - timedelta(minutes=5)
        fill(household.core.database, 3, now=now, state="sending", attempts=1)
        with household.core.database.begin() as transaction:
            assert len(queries.abandoned(transaction.connection, now=household.clock(), most=2)) == 2
            assert household.mailroom.relay.run_once() == 1


def test_a_lost_worker_of_a_row_that_can_not_be_read_does_not_stop_the_relay(household: Household):
    now = household.clock() - timedelta(minutes=5)
    fill(household.core.database, 1, now=now, state="sending", attempts=1, kind="no such kind")
    (good,) = fill(household.core.database, 1, now=now)
    household.mailroom.relay.run_once()
    assert ("default", good) in household.handed_off()


def test_a_queue_that_nobody_empties_does_not_grow_without_end(household: Household, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sending, "FULL", 6)
    mails = [household.register(f"{name}@example.com") for name in ("ada", "bob", "cem")]
    for _ in range(9):
        household.clock.turn(seconds=31)
        household.mailroom.relay.run_once()
    assert household.core.broker.length("high") == 6
    household.post()
    household.clock.turn(seconds=31)
    household.relay()
    assert {household.notification(mail.notification_id).state for mail in mails} == {"sent"}
