"""How each mail ended stands in the audit trail, and costs no round trip more."""

from typing import Any

import pytest

from identity_service.notification.senders import OutgoingMail, PermanentFailure, TransientFailure
from identity_service.storage.tables import audit_events
from tests.services.household import Household
from tests.services.scripted_sender import ScriptedSender
from tests.services.statements import counted

ADA = "ada@example.com"


def _die(_: OutgoingMail) -> None:
    raise KeyboardInterrupt


def of_mails(household: Household) -> list[dict[str, Any]]:
    return [row for row in household.rows(audit_events) if row["event"].startswith("mail.")]


def told(household: Household) -> list[tuple[str, str, str | None]]:
    return [(row["event"], row["outcome"], row["reason"]) for row in of_mails(household)]


def test_a_sent_mail_is_recorded_with_whose_it_is(household: Household):
    ada = household.user(ADA)
    welcome = of_mails(household)
    household.post()
    (event,) = [row for row in of_mails(household) if row not in welcome]
    assert (event["event"], event["outcome"], event["reason"]) == ("mail.sent", "succeeded", None)
    assert (event["actor"], event["user_id"], event["ip_address"]) == ("worker", ada.id, None)
    assert household.notification(event["subject_id"]).kind == "welcome"


def test_a_mail_that_goes_on_is_not_recorded_until_it_has_ended(household: Household):
    household.send_through(ScriptedSender([TransientFailure("450 ada@example.com is busy")]))
    household.register(ADA)
    household.post()
    assert told(household) == []
    household.clock.turn(seconds=3)
    household.relay()
    assert told(household) == [("mail.sent", "succeeded", None)]


def test_a_dead_mail_is_recorded_without_what_the_mail_server_said(household: Household):
    household.send_through(ScriptedSender([PermanentFailure("550 ada@example.com is unknown")]))
    registered = household.register(ADA)
    household.post()
    assert told(household) == [("mail.dead", "failed", "PERMANENT")]
    assert "550" in str(household.notification(registered.notification_id).last_error)


def test_a_mail_that_came_too_late_is_recorded(household: Household):
    household.journeys.request_code(household.call(), ADA)
    household.clock.turn(minutes=11)
    household.post()
    assert told(household) == [("mail.expired", "failed", "EXPIRED")]


def test_a_mail_whose_workers_were_lost_is_recorded_when_it_is_given_up(household: Household):
    registered = household.register(ADA)
    limit = household.notification(registered.notification_id).attempt_limit
    household.send_through(ScriptedSender(then=_die))
    for _ in range(limit):
        with pytest.raises(KeyboardInterrupt):
            household.post()
        household.clock.turn(minutes=2)
        household.mailroom.relay.run_once()  # finds the lease run out, and hands the mail off again
    assert told(household) == [("mail.dead", "failed", "LOST")]


def test_the_event_of_a_mail_travels_with_its_attempt(postgres_url, tmp_path):
    with Household(postgres_url, tmp_path) as household:
        household.register(ADA)
        with counted(household.core.database) as statements:
            household.post()
        assert sum("audit_events" in text for text in statements.texts) == 1
        assert any("audit_events" in text and "delivery_attempts" in text for text in statements.texts)
