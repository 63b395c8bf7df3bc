"""Messages to many in awkward moments: each mail has one holder, and the counts are those of the rows in the end."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection

from identity_service.bootstrap.configured import message_lanes
from identity_service.notification.messages.content import Content
from identity_service.notification.messages.notify_users import Named
from identity_service.notification.senders import NotTried, OutgoingMail, SenderDown, SendResult, TransientFailure
from identity_service.notification.senders.base import GoesOn, always
from identity_service.storage.queries import batches, erasure
from identity_service.storage.queries.batch_results import COUNTED
from identity_service.storage.queries.batches import Claimed
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
    written = household.journeys.notify_users(household.call(), Named(user_ids=user_ids), NEWS)
    return next(message for message in all_messages(household) if message.id == written.message_id)


def all_messages(household: Household) -> list[Message]:
    return [Message(**row) for row in household.rows(messages)]


def claim(household: Household, message: Message) -> list[Claimed]:
    now = household.clock()
    with household.core.database.connect() as connection:
        return batches.claim(
            connection, message, since=message.created_at, now=now, lease_ends_at=now + timedelta(minutes=1), most=9
        )


def assert_counts_add_up(household: Household) -> None:
    rows = Counter(row["state"] for row in household.rows(notifications) if row["message_id"])
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

    def __init__(self, retry_after: float | None) -> None:
        super().__init__()
        self.asked = 0
        self._retry_after = retry_after

    def send_many(self, mails: Sequence[OutgoingMail], goes_on: GoesOn = always) -> list[SendResult]:
        self.asked += 1
        return [NotTried("rate_limit_exceeded", retry_after=self._retry_after)] * len(mails)


class Outage(ScriptedSender):
    """A server that takes nothing for now."""

    def __init__(self, failure: TransientFailure) -> None:
        super().__init__()
        self.is_over = False
        self._failure = failure

    def send_many(self, mails: Sequence[OutgoingMail], goes_on: GoesOn = always) -> list[SendResult]:
        if self.is_over:
            return super().send_many(mails, goes_on)
        if isinstance(self._failure, SenderDown):
            return [self._failure] * len(mails)
        return [self._failure, *[NotTried(self._failure.text)] * (len(mails) - 1)]


class Broken(ScriptedSender):
    """Raises what no sender should."""

    def send_many(self, mails: Sequence[OutgoingMail], goes_on: GoesOn = always) -> list[SendResult]:
        raise ZeroDivisionError


@pytest.mark.parametrize(("asked_for", "seconds"), [(None, 30), (8, 30), (60, 60), (6000, 600)])
def test_a_provider_that_wants_to_be_left_alone_is_not_asked_before_that(
    household: Household, asked_for: float | None, seconds: int
):
    """Ten minutes at most."""
    sender = Resting(asked_for)
    household.clock.stand()
    household.send_through(sender)
    write(household, *add_users(household, 3))
    household.post()
    assert sender.asked == 1
    assert {(row["state"], row["attempts"]) for row in household.rows(notifications)} == {("queued", 0)}
    household.clock.turn(seconds=seconds - 1)
    household.relay()
    assert sender.asked == 1
    household.clock.turn(seconds=1)
    household.relay()
    lanes = message_lanes(household.settings)
    assert sender.asked == 1 + lanes


@pytest.mark.parametrize("failure", [SenderDown("cannot connect"), TransientFailure("503")])
def test_an_outage_uses_up_nobodys_attempts(household: Household, failure: TransientFailure):
    """Of one that may be a mail's fault, the first of each batch pays."""
    outage = Outage(failure)
    household.send_through(outage)
    write(household, *add_users(household, 200))
    household.post()
    for _ in range(30):
        household.clock.turn(seconds=31)
        household.relay()
    tried = {row["attempts"] for row in household.rows(notifications)}
    assert tried == {0} if isinstance(failure, SenderDown) else max(tried) < 4
    outage.is_over = True
    for _ in range(8):
        household.clock.turn(minutes=5)
        household.relay()
    assert {row["state"] for row in household.rows(notifications)} == {"sent"}


def test_mails_that_a_sender_breaks_on_come_to_an_end(household: Household):
    household.send_through(Broken())
    write(household, *add_users(household, 3))
    household.post()
    for _ in range(8):
        household.clock.turn(minutes=5)
        household.relay()
    assert {row["state"] for row in household.rows(notifications)} == {"dead"}
    assert_counts_add_up(household)


def test_the_mails_of_a_deleted_user_are_counted_as_cancelled(household: Household):
    ada, bob = add_users(household, 2)
    held = write(household, ada, bob)
    household.take_messages()
    claim(household, held)
    write(household, ada, bob)
    household.journeys.delete_account.by_operator(household.call(), ada)
    assert {message.cancelled for message in all_messages(household)} == {1}
    household.clock.turn(minutes=5)
    while household.relay():
        pass
    assert {(message.sent, message.cancelled, message.relay_at) for message in all_messages(household)} == {
        (1, 1, None)
    }


def test_a_mail_that_is_queued_while_its_user_is_deleted_is_neither_sent_nor_miscounted(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A look-up of recipients may have begun before, and have seen the user."""
    with Household(postgres_url, tmp_path) as household:
        ada, bob = add_users(household, 2)
        cancel = erasure._CANCEL.rows

        def overtaken(connection: Connection, parameters: dict[str, Any]) -> list[Any]:
            cancelled = cancel(connection, parameters)
            if not household.rows(messages):
                write(household, ada, bob)
            return cancelled

        monkeypatch.setattr(erasure._CANCEL, "rows", overtaken)
        household.journeys.delete_account.by_operator(household.call(), ada)
        household.post()
        household.relay()
        assert sorted(letter.to for letter in household.letters()) == ["1@user.example", "2@user.example"]
        assert [letter.to for letter in household.letters() if letter.subject == "News"] == ["2@user.example"]
        assert {row["recipient"] for row in household.rows(notifications)} == {"", "2@user.example"}
        assert_counts_add_up(household)


def test_who_is_suspended_after_queueing_is_not_mailed(household: Household):
    ada, bob = add_users(household, 2)
    write(household, ada, bob)
    household.suspend(ada)
    household.post()
    assert [letter.to for letter in household.letters()] == ["2@user.example"]
    (row,) = (row for row in household.rows(notifications) if row["user_id"] == ada)
    assert (row["state"], row["last_error"]) == ("suppressed", "the user has been suspended or deleted")
    assert_counts_add_up(household)
