"""What happens to mails while the first sender is failing; the other one is a real server."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from identity_service.notification.messages.notify_users import Named
from identity_service.notification.senders import (
    FailoverSender,
    NotTried,
    OutgoingMail,
    PermanentFailure,
    Sender,
    SenderDown,
    TransientFailure,
    open_sender,
)
from identity_service.notification.senders.circuit_breaker import CircuitBreaker
from identity_service.storage.rows import NotificationState
from tests.services.campaigns import NEWS
from tests.services.household import Household
from tests.services.many_users import add_users
from tests.services.resend_mails import new_mail
from tests.services.scripted_sender import ScriptedSender
from tests.services.scripted_smtp import Peer, ScriptedServer
from tests.services.smtp import SmtpSink
from tests.services.smtp_mails import sender_to

HALF_A_CODES_LIFE = timedelta(minutes=5)
LONGEST_SEND_SECONDS = 45
TRANSIENT = TransientFailure("451 try again", retry_after=500)


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    running = SmtpSink()
    yield running
    running.close()


def send_by(household: Household, primary: Sender, sink: SmtpSink) -> CircuitBreaker:
    breaker = CircuitBreaker(lambda: household.clock().timestamp())
    household.send_through(FailoverSender(primary, open_sender(sink.url), breaker))
    return breaker


def requested_code(household: Household) -> UUID:
    return household.journeys.request_code(household.call(), "ada@example.com").notification_id


def deliver_once(household: Household, notification_id: UUID) -> None:
    """One attempt, as soon as it is due."""
    due_at = household.notification(notification_id).due_at
    household.clock.stand_at(max(household.clock(), due_at))
    household.mailroom.delivery.deliver("default", notification_id)


@pytest.mark.parametrize("between", ["nothing", "a success", "a failure"])
def test_a_code_leaves_by_the_fallback_before_half_of_its_life_is_gone(
    household: Household, sink: SmtpSink, between: str
):
    """Whatever comes of other mails between its attempts, and though every attempt takes its full time-out."""
    household.user("ada@example.com")
    begun = household.clock.stand()

    def hang(_mail: OutgoingMail) -> None:
        household.clock.turn(seconds=LONGEST_SEND_SECONDS)
        raise TRANSIENT

    breaker = send_by(household, ScriptedSender(then=hang), sink)
    code = requested_code(household)
    while not sink.mails:
        deliver_once(household, code)
        {"nothing": lambda: None, "a success": breaker.succeeded, "a failure": breaker.failed}[between]()

    assert sink.mails[0].recipient == "ada@example.com"
    assert household.clock() - begun < HALF_A_CODES_LIFE


def test_both_ways_the_mail_is_the_same(household: Household, sink: SmtpSink):
    tried: list[OutgoingMail] = []

    def fail_after_seeing(mail: OutgoingMail) -> None:
        tried.append(mail)
        raise TRANSIENT

    household.user("ada@example.com")
    send_by(household, ScriptedSender([fail_after_seeing]), sink)
    code = requested_code(household)
    deliver_once(household, code)
    deliver_once(household, code)

    assert sink.mails[0].message_id == tried[0].message["Message-ID"]  # type: ignore[index]
    assert household.outcomes(code) == ["transient", "sent"]


def test_the_next_attempt_does_not_wait_for_what_the_failing_sender_asks_for(household: Household, sink: SmtpSink):
    household.user("ada@example.com")
    send_by(household, ScriptedSender([TRANSIENT]), sink)
    now = household.clock.stand()
    code = requested_code(household)
    household.post()

    assert household.notification(code).due_at - now < timedelta(seconds=5)


def test_a_sender_alone_is_left_in_peace_as_long_as_it_asks_and_ten_minutes_at_most(household: Household):
    household.user("ada@example.com")
    now = household.clock.stand()
    for asked, waited in ((500, 500), (float("inf"), 600)):
        household.send_through(ScriptedSender([TransientFailure("429 slow down", retry_after=asked)]))
        code = requested_code(household)
        household.post()

        assert household.notification(code).due_at - now == timedelta(seconds=waited)


def test_a_mail_refused_for_good_is_not_given_to_the_fallback(household: Household, sink: SmtpSink):
    household.user("ada@example.com")
    send_by(household, ScriptedSender([PermanentFailure("550 no such user")]), sink)
    code = requested_code(household)
    deliver_once(household, code)

    assert household.notification(code).state == NotificationState.DEAD
    assert sink.mails == []


def test_a_broken_fallback_keeps_no_mail_from_a_sender_that_is_back(household: Household):
    begun = household.clock.stand()

    def down_at_first(_mail: OutgoingMail) -> None:
        if household.clock() < begun + timedelta(seconds=15):
            raise TransientFailure("the connection was refused")

    broken = ScriptedSender(then=TransientFailure("401 key expired", retry_after=500))
    household.send_through(FailoverSender(ScriptedSender(then=down_at_first), broken))
    verification = household.register().notification_id
    for _ in range(4):
        deliver_once(household, verification)

    assert household.outcomes(verification) == ["transient"] * 3 + ["sent"]
    assert household.clock() - begun < timedelta(minutes=2)


def attempted(sender: Sender, attempt: int) -> TransientFailure | None:
    try:
        sender.send(replace(new_mail(), attempt=attempt))
    except TransientFailure as failure:
        return failure
    return None


def test_where_both_are_down_the_first_is_left_alone_as_it_asks_and_by_its_breaker():
    first = ScriptedSender(then=TransientFailure("first", retry_after=500))
    sender = FailoverSender(first, ScriptedSender(then=TransientFailure("fallback", retry_after=60)))

    failures = [attempted(sender, attempt) for attempt in range(1, 7)]

    assert [(failure.text, failure.retry_after) for failure in failures if failure] == [
        ("first", None),
        ("fallback", None),
        ("first", 500),
        ("first", 500),
        ("fallback", 60),
        ("fallback", 60),
    ]


def test_a_second_attempt_finds_out_that_the_fallback_works_again():
    first, fallback = ScriptedSender(), ScriptedSender([TRANSIENT])
    sender = FailoverSender(first, fallback)
    attempted(sender, 3)

    for attempt in (3, 2, 3):
        attempted(sender, attempt)

    assert [mail.attempt for mail in first.accepted] == [3]
    assert [mail.attempt for mail in fallback.accepted] == [2, 3]


def test_mails_to_many_that_have_failed_do_not_probe():
    """Else the few that failed when a sender went down would try it again each time, and die."""
    minutes = count(step=60.0)
    first, fallback, breaker = ScriptedSender(), ScriptedSender(), CircuitBreaker(lambda: next(minutes))
    sender = FailoverSender(first, fallback, breaker)
    for _ in range(3):
        breaker.failed()
    mail = new_mail()

    sender.send_many([replace(mail, attempt=2), replace(mail, attempt=3)])
    sender.send_many([replace(mail, attempt=2), mail])

    assert [mail.attempt for mail in fallback.accepted] == [2, 3]
    assert [mail.attempt for mail in first.accepted] == [2, 1]


def test_a_batch_that_the_fallback_could_not_send_is_remembered():
    first, breaker = ScriptedSender(), CircuitBreaker()
    sender = FailoverSender(first, ScriptedSender(then=TRANSIENT), breaker)
    for _ in range(3):
        breaker.failed()
    sender.send_many([new_mail()])
    breaker.succeeded()

    attempted(sender, 3)

    assert [mail.attempt for mail in first.accepted] == [3]


def test_a_code_leaves_by_the_fallback_where_the_account_has_reached_its_limit(household: Household, sink: SmtpSink):
    def refuse_the_sender(peer: Peer) -> None:
        peer.greet()
        peer.hear()
        peer.say("550 5.4.5 Daily user sending limit exceeded")

    household.user("ada@example.com")
    with ScriptedServer(refuse_the_sender) as server:
        send_by(household, sender_to(server), sink)
        code = requested_code(household)
        deliver_once(household, code)
    deliver_once(household, code)

    assert household.outcomes(code) == ["transient", "sent"]
    assert [mail.recipient for mail in sink.mails] == ["ada@example.com"]


def test_once_it_is_given_up_first_attempts_leave_by_the_fallback_and_this_is_logged(
    household: Household, sink: SmtpSink
):
    breaker = send_by(household, ScriptedSender([TRANSIENT] * 3), sink)
    with capture_logs() as logs:
        for number in range(4):
            household.register(f"{number}@example.com")
            household.post()
        household.clock.turn(seconds=31)
        household.register("5@example.com")
        household.post()

    assert [mail.recipient for mail in sink.mails] == ["3@example.com"]
    told = [entry["event"] for entry in logs if entry["event"].startswith("sender_")]
    assert told == ["sender_failing_over", "sender_recovered"]
    assert not breaker.is_open


def test_a_revived_mail_begins_with_the_first_sender_again(household: Household, sink: SmtpSink):
    first = ScriptedSender([PermanentFailure("550 mailbox closed")])
    send_by(household, first, sink)
    registered = household.register()
    household.post()
    household.journeys.notifications.retry(household.call(), registered.notification_id)
    household.post()

    assert [mail.attempt for mail in first.accepted] == [1]


def test_each_tenants_mails_leave_by_the_sender_that_it_names(household: Household, sink: SmtpSink):
    with household.restarted(IDENTITY_SENDERS=f'{{"own": "{sink.url}"}}') as own:
        own.add_tenant("acme", sender="own")
        own.register("ada@example.com", own.call(tenant="acme"))
        own.register("bob@example.com")
        own.post()

        assert [mail.recipient for mail in sink.mails] == ["ada@example.com"]
        assert [letter.to for letter in own.letters()] == ["bob@example.com"]


@pytest.mark.parametrize("failures", [0, 3])
def test_mails_that_are_called_off_leave_by_neither(failures: int):
    primary, fallback = ScriptedSender(), ScriptedSender()
    breaker = CircuitBreaker()
    for _ in range(failures):
        breaker.failed()

    results = FailoverSender(primary, fallback, breaker).send_many([new_mail()] * 2, lambda: False)

    assert [type(result) for result in results] == [NotTried] * 2
    assert primary.accepted == fallback.accepted == []


@pytest.mark.parametrize("kind", [TransientFailure, SenderDown])
def test_mails_to_many_leave_by_the_fallback_once_three_batches_have_failed(kind: type[TransientFailure]):
    """Whoever is to blame; and they do not wait for what the failing sender asks for."""
    primary, fallback = ScriptedSender([kind("429 no", retry_after=500)] * 6), ScriptedSender()
    sender = FailoverSender(primary, fallback)

    results = [result for _ in range(3) for result in sender.send_many([new_mail(), new_mail()])]
    sender.send_many([new_mail(), new_mail()])

    assert [(type(result), result.retry_after) for result in results] == [(kind, None)] * 6
    assert (len(primary.accepted), len(fallback.accepted)) == (0, 2)


def test_a_batch_of_which_some_were_taken_does_not_count_as_failed():
    primary = ScriptedSender([TransientFailure("451 later"), lambda _: None] * 3)
    sender = FailoverSender(primary, ScriptedSender())

    for _ in range(4):
        sender.send_many([new_mail(), new_mail()])

    assert len(primary.accepted) == 5
    assert not sender.is_failing_over


def test_a_message_to_many_leaves_by_the_sender_that_its_tenant_names(household: Household, sink: SmtpSink):
    with household.restarted(IDENTITY_SENDERS=f'{{"own": "{sink.url}"}}') as own:
        own.add_tenant("acme", sender="own")
        for tenant, user_type in (("acme", "fan"), ("default", "artist")):
            ids = add_users(own, 2, tenant_id=tenant, user_type=user_type)
            own.journeys.notify_users(own.call(tenant=tenant), Named(user_ids=ids), NEWS)
        own.post()

        assert sorted(mail.recipient for mail in sink.mails) == ["1@fan.example", "2@fan.example"]
        assert sorted(letter.to for letter in own.letters()) == ["1@artist.example", "2@artist.example"]


def test_mails_to_many_follow_the_breaker_alone(household: Household, sink: SmtpSink):
    """One of them that was tried often does not take all that travel with it to the fallback."""
    primary = ScriptedSender()
    sender = FailoverSender(primary, open_sender(sink.url))
    mail = new_mail()

    sender.send_many([mail, replace(mail, attempt=3)])

    assert len(primary.accepted) == 2
