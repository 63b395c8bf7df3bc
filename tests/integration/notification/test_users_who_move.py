"""Messages to many follow their users: an address that was left may be somebody else's by then."""

from collections.abc import Callable
from pathlib import Path

import pytest

from identity_service.identity.users import UserProfile
from identity_service.notification.messages import campaign_watch
from identity_service.notification.senders import PermanentFailure, TransientFailure
from identity_service.storage.queries import recipients
from identity_service.storage.rows import Notification, SuppressionReason
from identity_service.storage.tables import notifications
from tests.services.campaigns import carry_on, create, fan_out_fully
from tests.services.email_changes import ADA, NEW, confirm, proof_of, start
from tests.services.household import Household
from tests.services.many_users import add_users
from tests.services.scripted_sender import ScriptedSender

Move = Callable[[], object]


@pytest.fixture
def ada(household: Household) -> UserProfile:
    return household.user(ADA)


@pytest.fixture
def move(household: Household, ada: UserProfile) -> Move:
    return proved(household, ada)


def proved(household: Household, user: UserProfile) -> Move:
    """Has the user's wish for another address proved, and answers what confirms it."""
    proof = proof_of(household, user, start(household, user))
    household.post()
    return lambda: confirm(household, proof)


def mail_of_ada(household: Household) -> Notification:
    (row,) = (row for row in household.rows(notifications) if row["message_id"] and row["user_type"] == "user")
    return Notification(**row)


def assert_it_went_to_the_new_address(household: Household, sender: ScriptedSender) -> None:
    mail = mail_of_ada(household)
    assert (mail.state, mail.recipient, mail.recipient_key) == ("sent", NEW, NEW)
    assert [each.recipient for each in sender.accepted if each.notification_id == mail.id] == [NEW]


def test_a_mail_that_waits_follows(household: Household, move: Move):
    sender = ScriptedSender()
    household.send_through(sender)
    fan_out_fully(household, create(household, "user"))
    move()
    carry_on(household)
    assert_it_went_to_the_new_address(household, sender)


def test_a_mail_in_hand_that_fails_in_passing_follows(household: Household, move: Move):
    def move_and_fail(_mail: object) -> None:
        move()
        raise TransientFailure("451 later")

    sender = ScriptedSender([move_and_fail])
    household.send_through(sender)
    create(household, "user")
    carry_on(household)
    household.clock.turn(minutes=5)
    carry_on(household)
    assert_it_went_to_the_new_address(household, sender)


def test_a_mail_in_hand_that_a_pause_gives_back_follows(
    household: Household, move: Move, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(campaign_watch, "LOOK_SECONDS", 0)
    add_users(household, 1, user_type="artist")  # the first in the batch
    campaigns, campaign_id = household.journeys.campaigns, create(household, "artist", "user")

    def move_and_pause(_mail: object) -> None:
        move()
        campaigns.pause(household.call(), campaign_id)

    sender = ScriptedSender([move_and_pause])
    household.send_through(sender)
    fan_out_fully(household, campaign_id)
    carry_on(household)
    assert mail_of_ada(household).state == "queued"
    campaigns.resume(household.call(), campaign_id)
    carry_on(household)
    assert_it_went_to_the_new_address(household, sender)


def test_a_dead_mail_that_is_retried_follows(household: Household, move: Move):
    sender = ScriptedSender([PermanentFailure("550 no such mailbox")])
    household.send_through(sender)
    create(household, "user")
    carry_on(household)
    move()
    household.journeys.notifications.retry(household.call(), mail_of_ada(household).id)
    carry_on(household)
    assert_it_went_to_the_new_address(household, sender)


def test_whether_the_new_address_gets_mail_is_what_counts(household: Household, move: Move):
    household.journeys.suppressions.add(
        household.call(), email=NEW, address_key=NEW, reason=SuppressionReason.COMPLAINT
    )
    fan_out_fully(household, create(household, "user"))
    move()
    carry_on(household)
    assert mail_of_ada(household).state == "suppressed"


def test_a_mail_that_is_queued_while_its_user_moves_follows(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with Household(postgres_url, tmp_path) as household:
        move, queue_range = proved(household, household.user(ADA)), recipients.queue_range

        def overtaken(*arguments: object, **named: object) -> int:
            queued = queue_range(*arguments, **named)  # type: ignore[arg-type]
            if queued:
                move()
            return queued

        monkeypatch.setattr(recipients, "queue_range", overtaken)
        sender = ScriptedSender()
        household.send_through(sender)
        create(household, "user")
        carry_on(household)
        assert_it_went_to_the_new_address(household, sender)
