"""One attempt after another: what is tried again and when, and what is not."""

import re
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from sqlalchemy import delete, update
from structlog.testing import capture_logs

from identity_service.notification.retries import JITTER
from identity_service.notification.senders import PermanentFailure, TransientFailure
from identity_service.storage.tables import challenges, notifications
from tests.services.household import Household
from tests.services.scripted_sender import ScriptedSender

ADA = "ada@example.com"
TRANSIENT = TransientFailure("451 try again later")
PERMANENT = PermanentFailure("550 no such mailbox")


def deliver(household: Household, notification_id: UUID) -> None:
    household.mailroom.delivery.deliver("default", notification_id)


def deliver_until_it_ends(household: Household, notification_id: UUID) -> list[float]:
    """Deliver whenever it is due; the seconds between each attempt and the next."""
    waits = []
    while (mail := household.notification(notification_id)).state == "queued":
        household.clock.stand_at(max(mail.due_at, household.clock()))
        deliver(household, notification_id)
        after = household.notification(notification_id)
        if after.state == "queued":
            waits.append((after.due_at - household.clock()).total_seconds())
    return waits


def welcome_of(household: Household) -> UUID:
    household.user(ADA)
    return next(row["id"] for row in household.rows(notifications) if row["kind"] == "welcome")


def test_a_delivered_mail_says_how_it_went(household: Household):
    sender = ScriptedSender()
    household.send_through(sender)
    registered, now = household.register(), household.clock.stand()
    household.post()
    found = household.journeys.notifications.get("default", registered.notification_id)
    mail, (attempt,) = found.notification, found.attempts
    assert (mail.state, mail.attempts, mail.sent_at, mail.last_error) == ("sent", 1, now, None)
    assert mail.provider_reference == "accepted-1"
    assert (attempt.number, attempt.outcome, attempt.error) == (1, "sent", None)
    assert attempt.started_at == attempt.ended_at == now


def test_a_mail_is_sent_once_however_often_its_id_arrives(household: Household):
    sender = ScriptedSender()
    household.send_through(sender)
    registered = household.register()
    for _ in range(4):
        deliver(household, registered.notification_id)
    assert len(sender.accepted) == 1


def test_a_mail_with_a_code_is_tried_soon_and_six_times(household: Household):
    household.send_through(ScriptedSender(then=TRANSIENT))
    household.clock.stand()
    registered = household.register()
    waits = deliver_until_it_ends(household, registered.notification_id)
    for wait, planned in zip(waits, (2, 10, 60, 120, 240), strict=True):
        assert planned <= wait <= planned * (1 + JITTER)
    mail = household.notification(registered.notification_id)
    assert (mail.state, mail.attempts, mail.last_error) == ("dead", 6, "451 try again later")
    assert household.outcomes(registered.notification_id) == ["transient"] * 6


def test_any_other_mail_is_tried_after_one_two_and_four_minutes(household: Household):
    welcome = welcome_of(household)
    household.send_through(ScriptedSender(then=TRANSIENT))
    waits = deliver_until_it_ends(household, welcome)
    for wait, planned in zip(waits, (60, 120, 240), strict=True):
        assert planned <= wait <= planned * (1 + JITTER)
    assert household.notification(welcome).state == "dead"


def test_the_configured_schedule_is_kept(household: Household):
    with household.restarted(IDENTITY_RETRY_HIGH="5,7") as configured:
        configured.send_through(ScriptedSender(then=TRANSIENT))
        configured.clock.stand()
        registered = configured.register()
        waits = deliver_until_it_ends(configured, registered.notification_id)
    assert [5 <= waits[0] <= 6, 7 <= waits[1] <= 8.4, len(waits)] == [True, True, 2]


def test_mails_that_failed_together_do_not_come_back_together(household: Household):
    household.send_through(ScriptedSender(then=TRANSIENT))
    household.clock.stand()
    for number in range(6):
        household.register(f"{number}@example.com")
    household.post()
    due = sorted(row["due_at"] for row in household.rows(notifications))
    assert all(earlier != later for earlier, later in pairwise(due))


def test_a_mail_is_not_sent_before_it_is_due(household: Household):
    sender = ScriptedSender([TRANSIENT])
    household.send_through(sender)
    household.clock.stand()
    registered = household.register()
    household.post()
    due_at = household.notification(registered.notification_id).due_at
    household.clock.stand_at(due_at - timedelta(microseconds=1))
    deliver(household, registered.notification_id)
    assert sender.accepted == []
    household.clock.stand_at(due_at)
    deliver(household, registered.notification_id)
    assert len(sender.accepted) == 1


def test_a_mail_goes_through_at_last_and_forgets_the_error(household: Household):
    sender = ScriptedSender([TRANSIENT, TRANSIENT])
    household.send_through(sender)
    registered = household.register()
    deliver_until_it_ends(household, registered.notification_id)
    mail = household.notification(registered.notification_id)
    assert (mail.state, mail.attempts, mail.last_error) == ("sent", 3, None)
    assert household.outcomes(registered.notification_id) == ["transient", "transient", "sent"]


def test_every_attempt_sends_the_same_mail(household: Household):
    """Under one Message-ID, with one code and one link, so that a copy is seen to be one."""
    tried: list[str] = []

    def fail_after_seeing(mail: object) -> None:
        tried.append(str(mail.message))  # type: ignore[attr-defined]
        raise TRANSIENT

    household.send_through(
        ScriptedSender([fail_after_seeing, fail_after_seeing, lambda mail: tried.append(str(mail.message))])
    )
    registered = household.register()
    deliver_until_it_ends(household, registered.notification_id)
    assert len(tried) == 3
    assert len({_without_boundaries(text) for text in tried}) == 1


def test_a_permanent_failure_is_not_tried_again(household: Household):
    household.send_through(ScriptedSender([PERMANENT]))
    registered = household.register()
    household.post()
    mail = household.notification(registered.notification_id)
    assert (mail.state, mail.attempts, mail.last_error) == ("dead", 1, "550 no such mailbox")
    household.clock.turn(days=1)
    assert household.relay() == 0


@pytest.mark.parametrize("failure", [TransientFailure, PermanentFailure])
def test_a_mail_servers_words_are_kept_with_the_attempt_and_not_logged(
    household: Household, failure: type[TransientFailure | PermanentFailure]
):
    household.send_through(ScriptedSender([failure(f"450 <{ADA}> is over quota")]))
    registered = household.register()
    with capture_logs() as logs:
        household.post()
    assert "delivery_attempted" in {entry["event"] for entry in logs}
    assert "quota" not in str(logs)
    assert ADA not in str(logs)
    assert household.notification(registered.notification_id).last_error == f"450 <{ADA}> is over quota"


def test_a_sender_that_breaks_is_tried_again_and_its_error_is_not_quoted(household: Household):
    household.send_through(ScriptedSender([RuntimeError("code 123456 for ada@example.com")]))
    registered = household.register()
    household.post()
    mail = household.notification(registered.notification_id)
    assert (mail.state, mail.last_error) == ("queued", "the sender failed: RuntimeError")


def test_a_mail_that_can_not_be_written_fails_alone(household: Household):
    sender = ScriptedSender()
    household.send_through(sender)
    poisoned, good = household.register("a@example.com"), household.register("b@example.com")
    change(household, poisoned.notification_id, context={})
    household.post()
    bad = household.notification(poisoned.notification_id)
    assert (bad.state, bad.last_error) == ("dead", "the mail could not be written: KeyError")
    assert household.notification(good.notification_id).state == "sent"
    assert [mail.recipient for mail in sender.accepted] == ["b@example.com"]


@pytest.mark.parametrize("values", [{"kind": "no such kind"}, {"locale": "xx-YY"}, {"recipient": "not an address"}])
def test_a_strange_row_ends_and_disturbs_nobody(household: Household, values: dict[str, str]):
    household.send_through(ScriptedSender())
    strange, good = household.register("a@example.com"), household.register("b@example.com")
    change(household, strange.notification_id, **values)
    household.post()
    assert household.notification(strange.notification_id).state in ("sent", "dead")
    assert household.notification(good.notification_id).state == "sent"


def test_a_mail_whose_challenge_is_gone_is_dead(household: Household):
    registered = household.register()
    with household.core.database.connect() as connection:
        connection.execute(delete(challenges))
    household.post()
    mail = household.notification(registered.notification_id)
    assert (mail.state, mail.last_error) == ("dead", "the mail could not be written: LookupError")


def test_a_code_that_has_expired_is_not_sent(household: Household):
    household.user(ADA)
    sender = ScriptedSender()
    household.send_through(sender)
    household.post()
    sender.accepted.clear()
    household.clock.stand()
    requested = household.journeys.request_code(household.call(), ADA)
    household.clock.stand_at(requested.expires_at)
    household.post()
    mail = household.notification(requested.notification_id)
    assert (mail.state, mail.last_error) == ("expired", "what it carries has expired")
    assert sender.accepted == []
    assert household.outcomes(requested.notification_id) == ["expired"]


def test_a_code_that_was_used_meanwhile_is_not_sent(household: Household):
    """The first mail arrived after all, while the second one waited."""
    household.user(ADA)
    first = household.code(ADA)
    second = household.journeys.request_code(household.call(), ADA)
    household.journeys.verify_code(household.call(), ADA, first)
    household.post()
    mail = household.notification(second.notification_id)
    assert (mail.state, mail.last_error) == ("expired", "what it carries has been used")


def test_a_retry_whose_time_comes_after_the_expiry_ends_as_expired(household: Household):
    household.user(ADA)
    household.send_through(ScriptedSender(then=TRANSIENT))
    household.clock.stand()
    requested = household.journeys.request_code(household.call(), ADA)
    household.clock.turn(minutes=9, seconds=29)
    waits = deliver_until_it_ends(household, requested.notification_id)
    assert len(waits) == 1
    assert household.notification(requested.notification_id).state == "expired"


def test_a_decoy_is_not_sent_and_fails_never(household: Household):
    sender = ScriptedSender(then=PERMANENT)
    household.send_through(sender)
    requested = household.journeys.request_code(household.call(), "nobody@example.com")
    household.post()
    assert household.notification(requested.notification_id).state == "sent"


def test_a_notification_that_nobody_has_is_passed_over(household: Household):
    registered = household.register()
    household.mailroom.delivery.deliver("other", registered.notification_id)
    assert household.notification(registered.notification_id).state == "queued"


def test_every_step_raises_the_revision_that_watchers_wait_for(household: Household):
    household.send_through(ScriptedSender([TRANSIENT]))
    registered = household.register()
    seen = []
    while (mail := household.notification(registered.notification_id)).state == "queued":
        seen.append(mail.revision)
        household.clock.stand_at(mail.due_at)
        deliver(household, registered.notification_id)
    assert [*seen, mail.revision] == [0, 2, 4]


def change(household: Household, notification_id: UUID, **values: object) -> None:
    with household.core.database.connect() as connection:
        connection.execute(update(notifications).where(notifications.c.id == notification_id).values(**values))


def _without_boundaries(text: str) -> str:
    return re.sub(r"={10,}\d+==", "boundary", text)
