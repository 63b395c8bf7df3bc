"""The outbox: a mail is a row of its journey's transaction, and is handed to the queue once that is committed."""

from collections.abc import Sequence

import pytest

from identity_service.calls.errors import RequestIdReused
from identity_service.identity.errors import EmailTaken, ProofRejected
from identity_service.ids import new_id
from identity_service.notification.broker import Due, EmbeddedBroker
from identity_service.notification.outbox import RELAY_GRACE
from identity_service.storage.errors import DatabaseUnavailable
from identity_service.storage.tables import notifications, registrations
from tests.services.at_once import meanwhile
from tests.services.household import Household

ADA = "ada@example.com"


def test_a_new_mail_waits_in_its_queue_and_is_due_at_once(household: Household):
    now = household.clock.stand()
    mail = household.notification(household.register().notification_id)
    assert (mail.state, mail.queue, mail.attempts, mail.attempt_limit, mail.revision) == ("queued", "high", 0, 6, 0)
    assert (mail.created_at, mail.due_at, mail.relay_at) == (now, now, now + RELAY_GRACE["high"])
    assert household.handed_off() == [("default", mail.id)]


def test_a_welcome_mail_gets_the_attempts_of_its_queue(household: Household):
    household.user()
    (mail,) = [row for row in household.rows(notifications) if row["kind"] == "welcome"]
    assert (mail["queue"], mail["attempt_limit"], mail["expires_at"]) == ("normal", 4, None)


def test_nothing_is_handed_off_before_the_commit(household: Household):
    """A worker that is quicker than the commit would find no row."""
    handed_off: list[object] = []
    with meanwhile(
        household.core.database, "INSERT INTO audit_events", lambda: handed_off.extend(household.handed_off())
    ):
        household.register()
    assert handed_off == []
    assert len(household.handed_off()) == 1


def test_a_call_that_is_rolled_back_hands_nothing_off(household: Household):
    household.user(ADA)
    household.post()
    with household.restarted(IDENTITY_HIDE_TAKEN_ADDRESSES="false") as open_house:
        with pytest.raises(EmailTaken):
            open_house.register(ADA)
        assert open_house.handed_off() == []


def test_a_refused_proof_hands_nothing_off(household: Household):
    letter = household.letter(household.register().notification_id)
    household.journeys.verify_email(household.call(), letter.link)
    household.handed_off()
    with pytest.raises(ProofRejected):
        household.journeys.verify_email(household.call(), letter.link)
    assert household.handed_off() == []


def test_a_repeated_call_hands_nothing_off(household: Household):
    call = household.call(request_id=new_id())
    household.register(call=call)
    household.handed_off()
    household.register(call=call)
    with pytest.raises(RequestIdReused):
        household.register(call=household.call(request_id=call.request.id, payload=b"other"))  # type: ignore[union-attr]
    assert household.handed_off() == []


def test_a_call_succeeds_while_the_broker_fails_and_its_mail_goes_later(
    household: Household, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as broken:
        broken.setattr(EmbeddedBroker, "enqueue", _fail)
        registered = household.register()
    assert household.notification(registered.notification_id).state == "queued"
    household.clock.turn(seconds=6)
    assert household.relay() == 1
    assert household.notification(registered.notification_id).state == "sent"


def test_a_batch_that_the_broker_refuses_is_handed_off_again(household: Household, monkeypatch: pytest.MonkeyPatch):
    registered = household.register()
    household.handed_off()  # lost
    household.clock.turn(seconds=6)
    with monkeypatch.context() as broken:
        broken.setattr(EmbeddedBroker, "enqueue", _fail)
        household.relay()
    household.clock.turn(seconds=6)
    household.relay()
    assert household.notification(registered.notification_id).state == "sent"


def test_a_database_that_fails_in_between_leaves_neither_rows_nor_hand_off(household: Household):
    with (
        meanwhile(household.core.database, "INSERT INTO audit_events", _break),
        pytest.raises(DatabaseUnavailable),
    ):
        household.register()
    assert household.rows(registrations) == household.rows(notifications) == []
    assert household.handed_off() == []


def _fail(*_: object) -> Sequence[Due]:
    raise ConnectionError("the broker is away")


def _break() -> None:
    raise DatabaseUnavailable()
