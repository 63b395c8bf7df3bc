"""Messages to many in awkward moments: each mail has one holder, and the counts are those of the rows in the end."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from identity_service.bootstrap.configured import message_lanes
from identity_service.notification.messages.content import Content
from identity_service.notification.messages.notify_users import Named
from identity_service.notification.senders import NotTried, OutgoingMail, SendResult, TransientFailure
from identity_service.storage.queries import batches
from identity_service.storage.queries import messages as message_queries
from identity_service.storage.queries.batches import COUNTED, Claimed
from identity_service.storage.rows import Message
from identity_service.storage.tables import messages, notifications
from tests.services.household import Household
from tests.services.many_users import add_users
from tests.services.scripted_sender import ScriptedSender

NEWS = Content("update", subject="News", body="Payments arrive a day earlier.")


@pytest.fixture
def message(household: Household) -> Message:
    """A message to two users, whose mails are queued."""
    return write(household, *add_users(household, 2))


def write(household: Household, *user_ids: UUID) -> Message:
    named = Named(user_ids=user_ids)
    message_id = household.journeys.notify_users(household.call(), named, NEWS).message_id
    with household.core.database.connect() as connection:
        opened = message_queries.open_message(connection, "default", message_id)
    assert opened is not None
    return opened.message


def claim(household: Household, message: Message) -> list[Claimed]:
    now = household.clock()
    with household.core.database.connect() as connection:
        return batches.claim(
            connection, message, since=message.created_at, now=now, lease_ends_at=now + timedelta(minutes=1), most=9
        )


def assert_counts_add_up(household: Household) -> None:
    rows = Counter(row["state"] for row in household.rows(notifications))
    (row,) = household.rows(messages)
    assert {state: row[state] for state in COUNTED} == {state: rows[state] for state in COUNTED}


def test_giving_back_twice_takes_no_mail_from_whoever_has_it_now(household: Household, message: Message):
    """The first time may have been committed although nobody heard of it."""
    held = [each.notification for each in claim(household, message)]
    with household.core.database.connect() as connection:
        batches.give_back(connection, "default", held)
    assert len(claim(household, message)) == 2
    with household.core.database.connect() as connection:
        batches.give_back(connection, "default", held)
    assert {row["state"] for row in household.rows(notifications)} == {"sending"}


def test_a_mail_accepted_after_it_was_given_up_is_counted_once(household: Household):
    """Its last attempt took longer than the lease, and the relay thought that its worker was lost."""

    def tarry(_mail: OutgoingMail) -> None:
        household.clock.turn(minutes=5)
        household.mailroom.relay.run_once()
        for due in household.take_messages():
            household.mailroom.messages.deliver("default", UUID(due.args[1]), due.args[2])
        assert {row["state"] for row in household.rows(notifications)} == {"dead"}

    write(household, *add_users(household, 1))
    household.send_through(ScriptedSender([*[TransientFailure("451 later")] * 3, tarry]))
    household.post()
    for _ in range(3):
        household.clock.turn(minutes=5)
        household.relay()
    assert {row["state"] for row in household.rows(notifications)} == {"sent"}
    assert_counts_add_up(household)


class Resting(ScriptedSender):
    """Has no turn for anybody."""

    def send_many(self, mails: Sequence[OutgoingMail]) -> list[SendResult]:
        self.asked = getattr(self, "asked", 0) + 1
        return [NotTried("rate_limit_exceeded", retry_after=60)] * len(mails)


class Broken(ScriptedSender):
    """Raises what no sender should."""

    def send_many(self, mails: Sequence[OutgoingMail]) -> list[SendResult]:
        raise ZeroDivisionError


def test_a_provider_that_wants_to_be_left_alone_is_not_asked_again_at_once(household: Household):
    sender = Resting()
    household.send_through(sender)
    write(household, *add_users(household, 3))
    household.post()
    assert sender.asked == 1
    assert {(row["state"], row["attempts"]) for row in household.rows(notifications)} == {("queued", 0)}
    household.clock.turn(seconds=31)
    household.relay()
    lanes = message_lanes(household.settings)
    assert sender.asked == 1 + lanes


def test_mails_that_a_sender_breaks_on_come_to_an_end(household: Household):
    household.send_through(Broken())
    write(household, *add_users(household, 3))
    household.post()
    for _ in range(8):
        household.clock.turn(minutes=5)
        household.relay()
    assert {row["state"] for row in household.rows(notifications)} == {"dead"}
    assert_counts_add_up(household)
