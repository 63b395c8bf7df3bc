"""Writing to users that are named one by one."""

from uuid import UUID, uuid4

import pytest

from identity_service.errors import InvalidInput
from identity_service.notification.errors import NotificationNotCancellable
from identity_service.notification.kinds import Kind
from identity_service.notification.messages.content import Content
from identity_service.notification.messages.notify_users import Named, Notified, Outcome
from identity_service.notification.senders import PermanentFailure, TransientFailure
from identity_service.storage.rows import SuppressionReason
from identity_service.storage.tables import answered_requests, messages, notifications
from tests.services import email_changes
from tests.services.household import Household
from tests.services.many_users import add_users
from tests.services.scripted_sender import ScriptedSender
from tests.services.suppressed import suppress

NEWS = Content("update", subject="News", body="Payments arrive a day earlier.")


def notify(household: Household, *user_ids: UUID, **call: object) -> Notified:
    return household.journeys.notify_users(household.call(**call), Named(user_ids=user_ids), NEWS)  # type: ignore[arg-type]


def test_each_named_user_gets_one_mail_with_their_name_and_an_unsubscribe_link(household: Household):
    ada, bob = add_users(household, 2)
    notified = notify(household, ada, bob)
    household.post()
    first, second = household.letters()
    assert {first.to, second.to} == {"1@user.example", "2@user.example"}
    assert (first.subject, "Payments arrive a day earlier." in first.text) == ("News", True)
    assert "/unsubscribe?token=" in first.text
    assert [result.outcome for result in notified.results] == [Outcome.QUEUED] * 2
    assert household.notification(notified.results[0].notification_id).state == "sent"  # type: ignore[arg-type]


def test_each_result_says_what_came_of_its_recipient(household: Household):
    ada, bob, cem = add_users(household, 3)
    household.suspend(bob)
    household.journeys.preferences.update(household.call(), cem, opt_out=["update"])
    nobody = uuid4()
    results = notify(household, ada, nobody, bob, cem, ada).results
    outcomes = [result.outcome for result in results]
    assert outcomes == [Outcome.QUEUED, Outcome.NOT_FOUND, Outcome.SUSPENDED, Outcome.OPTED_OUT, Outcome.QUEUED]
    assert results[0] == results[4]
    assert len(household.rows(notifications)) == 1


REACHED_OF_NINE = {f"{number}@user.example" for number in (5, 6, 8, 9)}


def refuse_in_every_way(household: Household, people: list[UUID]) -> list[Outcome]:
    """What becomes of notices of the category `update` to these nine, who each object to something, or to nothing."""
    complaint, operator, bounce = SuppressionReason.COMPLAINT, SuppressionReason.OPERATOR, SuppressionReason.HARD_BOUNCE
    suppress(household, "1@user.example", reason=complaint)
    suppress(household, "2@user.example", reason=operator, category="update")
    suppress(household, "3@user.example", reason=bounce, category="update")
    suppress(household, "4@user.example", reason=bounce)
    suppress(household, "5@user.example", reason=operator, category="alert")
    suppress(household, "6@user.example", reason=bounce, call=household.call(tenant="other"))
    household.journeys.preferences.update(household.call(), people[6], opt_out=["update"])
    household.journeys.preferences.update(household.call(), people[7], opt_out=["alert"])
    return [*[Outcome.SUPPRESSED] * 4, *[Outcome.QUEUED] * 2, Outcome.OPTED_OUT, *[Outcome.QUEUED] * 2]


@pytest.fixture
def nine(household: Household) -> list[UUID]:
    household.add_tenant("other")
    return add_users(household, 9)


def test_nothing_is_queued_for_whom_it_is_refused_by_address_or_category(household: Household, nine: list[UUID]):
    expected = refuse_in_every_way(household, nine)
    assert [result.outcome for result in notify(household, *nine).results] == expected
    household.post()
    assert {letter.to for letter in household.letters()} == REACHED_OF_NINE


def test_what_is_refused_after_it_was_queued_is_not_sent_and_says_why(household: Household, nine: list[UUID]):
    results = notify(household, *nine).results
    refuse_in_every_way(household, nine)
    household.post()
    rows = [household.notification(result.notification_id) for result in results]  # type: ignore[arg-type]
    for_such, bounced = "the address is suppressed for such mail; ListSuppressions says why", rows[3].last_error
    assert "HARD_BOUNCE" in (bounced or "")
    assert [(row.state, row.last_error) for row in rows] == [
        *[("suppressed", for_such)] * 3,
        ("suppressed", bounced),
        *[("sent", None)] * 2,
        ("suppressed", "the user has opted out of this category"),
        *[("sent", None)] * 2,
    ]
    assert {letter.to for letter in household.letters()} == REACHED_OF_NINE


def test_recipients_can_be_named_by_their_addresses(household: Household):
    add_users(household, 2)
    named = Named(address_keys=("2@user.example", "nobody@user.example"))
    results = household.journeys.notify_users(household.call(), named, NEWS).results
    assert [result.outcome for result in results] == [Outcome.QUEUED, Outcome.NOT_FOUND]
    household.post()
    assert [letter.to for letter in household.letters()] == ["2@user.example"]


def test_a_mail_to_an_address_goes_with_its_user(household: Household):
    """It is cancelled with them, and keeps nothing that says who it was for."""
    (ada,) = add_users(household, 1)
    household.journeys.notify_users(household.call(), Named(address_keys=("1@user.example",)), NEWS)
    household.journeys.delete_account.by_operator(household.call(), ada)
    household.post()
    household.relay()
    assert "News" not in {letter.subject for letter in household.letters()}
    (row,) = (row for row in household.rows(notifications) if row["message_id"])
    assert (row["state"], row["recipient"], row["recipient_key"], row["context"]) == ("cancelled", "", "", {})


def test_users_of_another_tenant_are_not_found(household: Household):
    household.add_tenant("other")
    (ada,) = add_users(household, 1)
    named = Named(user_ids=(ada,))
    notified = household.journeys.notify_users(household.call(tenant="other"), named, NEWS)
    assert [result.outcome for result in notified.results] == [Outcome.NOT_FOUND]
    assert household.rows(notifications) == []


def test_a_repeated_call_has_one_effect_and_one_answer(household: Household):
    people, request_id = add_users(household, 3), uuid4()
    household.suspend(people[1])
    first = notify(household, *people, request_id=request_id)
    household.post()
    assert notify(household, *people, request_id=request_id) == first
    assert len(household.rows(notifications)) == 2


@pytest.mark.parametrize("by_address", [False, True])
def test_a_repeated_call_is_answered_alike_whatever_became_of_the_users(household: Household, by_address: bool):
    ada, bob, eve = (household.user(f"{name}@example.com") for name in ("ada", "bob", "eve"))
    household.suspend(eve.id)
    people = (eve, bob, ada, bob)
    named = (
        Named(address_keys=("nobody@example.com", *(user.email for user in people)))
        if by_address
        else Named(user_ids=(uuid4(), *(user.id for user in people)))
    )
    call = household.call(request_id=uuid4())
    first = household.journeys.notify_users(call, named, NEWS)
    change = email_changes.start(household, ada, "ada@new.example")
    email_changes.confirm(household, email_changes.proof_of(household, ada, change))
    household.journeys.delete_account.by_operator(household.call(), bob.id)
    household.post()
    household.relay()
    household.user("ada@example.com")
    assert [result.user_id for result in first.results] == [None, None, bob.id, ada.id, bob.id]
    assert household.journeys.notify_users(call, named, NEWS) == first


def test_no_kept_answer_holds_an_address(household: Household):
    (ada,) = add_users(household, 1)
    household.suspend(ada)
    call = household.call(request_id=uuid4())
    named = Named(address_keys=("nobody@user.example", "1@user.example", "1@user.example"))
    notified = household.journeys.notify_users(call, named, NEWS)
    (kept,) = household.rows(answered_requests)
    assert "user.example" not in str(kept)
    assert [result.outcome for result in notified.results] == [Outcome.NOT_FOUND, *[Outcome.SUSPENDED] * 2]
    assert household.journeys.notify_users(call, named, NEWS) == notified


def test_ten_thousand_users_are_written_to_in_one_call(household: Household):
    people = add_users(household, 10_000)
    results = notify(household, *people).results
    assert {result.outcome for result in results} == {Outcome.QUEUED}
    assert len({result.notification_id for result in results}) == 10_000


def test_the_ids_made_by_the_database_are_of_version_7_and_of_now(household: Household):
    (ada,) = add_users(household, 1)
    notified = notify(household, ada)
    made = notified.results[0].notification_id
    assert made is not None
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert abs((made.int >> 80) - (notified.message_id.int >> 80)) < 60_000


def test_a_notice_needs_a_subject_and_a_text():
    with pytest.raises(InvalidInput):
        Content("update", subject="News", body=" ")
    with pytest.raises(InvalidInput):
        Content("update", Kind.VERIFICATION, "News", "Text")


def test_a_greeting_can_be_written_to_many(household: Household):
    (ada,) = add_users(household, 1)
    household.journeys.notify_users(household.call(), Named((ada,)), Content("hello", Kind.WELCOME))
    household.post()
    assert "Ada" in household.letters()[0].text


def test_a_mail_that_is_refused_or_cannot_be_written_fails_alone(household: Household):
    def refuse(mail: object) -> None:
        if mail.recipient == "2@user.example":  # type: ignore[attr-defined]
            raise PermanentFailure("550 no such mailbox")

    household.send_through(ScriptedSender(then=refuse))
    people = add_users(household, 4)
    results = notify(household, *people).results
    with household.core.database.connect() as connection:
        connection.exec_driver_sql("UPDATE notifications SET context = '{}' WHERE recipient = '3@user.example'")
    household.post()
    states = [household.notification(result.notification_id).state for result in results]  # type: ignore[arg-type]
    assert states == ["sent", "dead", "dead", "sent"]
    (message,) = household.rows(messages)
    assert (message["sent"], message["dead"], message["relay_at"]) == (2, 2, None)


def test_what_fails_in_passing_is_tried_again_when_it_is_due(household: Household):
    household.send_through(ScriptedSender([TransientFailure("451 later")]))
    results = notify(household, *add_users(household, 2)).results
    household.clock.stand()
    household.post()
    waiting = [household.notification(result.notification_id) for result in results]  # type: ignore[arg-type]
    (failed,) = [each for each in waiting if each.state == "queued"]
    assert (failed.attempts, failed.last_error) == (1, "451 later")
    assert household.relay() == 0
    household.clock.stand_at(failed.due_at)
    assert household.relay() == 1
    assert household.outcomes(failed.id) == ["transient", "sent"]
    assert household.rows(messages)[0]["relay_at"] is None


def test_a_server_that_takes_nothing_costs_few_attempts(household: Household):
    household.send_through(ScriptedSender(then=TransientFailure("451 later")))
    notify(household, *add_users(household, 50))
    household.post()
    rows = household.rows(notifications)
    assert sum(row["attempts"] for row in rows) == 8
    assert {row["state"] for row in rows} == {"queued"}


def test_what_a_lost_worker_had_in_hand_is_sent_by_another(household: Household):
    class Killed(BaseException):
        pass

    def die(_mail: object) -> None:
        raise Killed

    household.send_through(ScriptedSender([die]))
    people = add_users(household, 3)
    results = notify(household, *people).results
    household.mailroom.messages._record = lambda batch: None  # type: ignore[method-assign, assignment]
    with pytest.raises(Killed):
        household.post()
    household.send_through(ScriptedSender())
    assert {row["state"] for row in household.rows(notifications)} == {"sending"}
    household.clock.turn(seconds=76)
    household.relay()
    assert [household.outcomes(result.notification_id) for result in results] == [["lost", "sent"]] * 3  # type: ignore[arg-type]


def test_a_lost_hand_off_is_repeated(household: Household):
    notify(household, *add_users(household, 2))
    household.take_messages()
    household.clock.turn(seconds=31)
    household.relay()
    assert {row["state"] for row in household.rows(notifications)} == {"sent"}


def test_workers_of_an_earlier_waking_end(household: Household):
    notify(household, *add_users(household, 2))
    (earlier,) = household.take_messages()
    household.clock.turn(seconds=31)
    household.mailroom.relay.run_once()
    household.mailroom.messages.deliver(earlier.args[0], UUID(earlier.args[1]), earlier.args[2])
    assert {row["state"] for row in household.rows(notifications)} == {"queued"}
    household.post()
    assert {row["state"] for row in household.rows(notifications)} == {"sent"}


def test_a_queued_notification_can_be_cancelled_and_is_never_sent(household: Household):
    results = notify(household, *add_users(household, 2)).results
    cancelled = results[0].notification_id
    assert cancelled is not None
    found = household.journeys.notifications.cancel(household.call(), cancelled)
    assert found.notification.state == "cancelled"
    household.post()
    assert [letter.to for letter in household.letters()] == ["2@user.example"]
    (message,) = household.rows(messages)
    assert (message["sent"], message["cancelled"]) == (1, 1)


def test_what_is_over_can_not_be_cancelled(household: Household):
    household.user()
    (mail,) = household.journeys.notifications.page("default", _sent_filter(), before=None, size=1)
    with pytest.raises(NotificationNotCancellable):
        household.journeys.notifications.cancel(household.call(), mail.id)


def _sent_filter():  # type: ignore[no-untyped-def]
    from identity_service.notification.reading import Filter

    return Filter(states=["sent"])
