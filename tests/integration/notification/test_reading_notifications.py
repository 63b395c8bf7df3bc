"""Reading, listing and watching notifications, and bringing a dead one back."""

import threading
from datetime import timedelta
from uuid import UUID

import pytest

from identity_service.calls.errors import ServerStopping
from identity_service.ids import new_id
from identity_service.notification.errors import NotificationNotFound, NotificationNotRetryable
from identity_service.notification.reading import Filter
from identity_service.notification.senders import PermanentFailure, TransientFailure
from identity_service.storage.rows import Notification
from identity_service.storage.tables import audit_events
from tests.services.household import Household
from tests.services.many_notifications import fill
from tests.services.scripted_sender import ScriptedSender

ADA = "ada@example.com"


@pytest.fixture
def dead(household: Household) -> UUID:
    """A verification mail that its sender refused for good."""
    household.send_through(ScriptedSender([PermanentFailure("550 no such mailbox")]))
    registered = household.register(ADA)
    household.post()
    return registered.notification_id


def listed(household: Household, wanted: Filter, size: int = 100, before: UUID | None = None) -> list[Notification]:
    return household.journeys.notifications.page("default", wanted, before=before, size=size)


def test_a_notification_of_another_tenant_is_not_found(household: Household):
    registered = household.register()
    for tenant, notification_id in (("other", registered.notification_id), ("default", new_id())):
        with pytest.raises(NotificationNotFound):
            household.journeys.notifications.get(tenant, notification_id)
        with pytest.raises(NotificationNotFound):
            household.journeys.notifications.retry(household.call(tenant=tenant), notification_id)


def test_a_dead_mail_is_sent_when_it_is_retried(household: Household, dead: UUID):
    revived = household.journeys.notifications.retry(household.call(), dead)
    assert (revived.notification.state, revived.notification.attempt_limit) == ("queued", 7)
    household.post()
    assert household.notification(dead).state == "sent"
    assert household.outcomes(dead) == ["permanent", "sent"]


def test_a_revived_mail_gets_the_whole_schedule_again(household: Household, dead: UUID):
    household.send_through(ScriptedSender(then=TransientFailure("451 later")))
    household.clock.stand()
    household.journeys.notifications.retry(household.call(), dead)
    household.post()
    mail = household.notification(dead)
    assert 2 <= (mail.due_at - household.clock()).total_seconds() <= 2.4
    assert mail.attempt_limit - mail.attempts == 5


def test_a_revived_mail_whose_hand_off_is_lost_is_relayed(household: Household, dead: UUID):
    household.clock.stand()
    household.journeys.notifications.retry(household.call(), dead)
    household.handed_off()
    household.clock.turn(seconds=5)
    assert household.relay() == 1
    assert household.notification(dead).state == "sent"


def test_the_retry_is_audited(household: Household, dead: UUID):
    household.journeys.notifications.retry(household.call(ip="203.0.113.5"), dead)
    event = household.rows(audit_events)[-1]
    assert (event["event"], event["subject_id"], event["ip_address"]) == ("notification.retried", dead, "203.0.113.5")


@pytest.mark.parametrize("state", ["queued", "sending", "sent", "expired", "cancelled", "suppressed"])
def test_only_a_dead_mail_can_be_retried(household: Household, state: str):
    (mail,) = fill(household.core.database, 1, now=household.clock(), state=state)
    with pytest.raises(NotificationNotRetryable):
        household.journeys.notifications.retry(household.call(), mail)
    assert household.notification(mail).state == state
    assert household.rows(audit_events) == []


def test_a_dead_mail_whose_code_has_expired_can_not_be_retried(household: Household, dead: UUID):
    expires_at = household.notification(dead).expires_at
    assert expires_at is not None
    household.clock.stand_at(expires_at)
    with pytest.raises(NotificationNotRetryable):
        household.journeys.notifications.retry(household.call(), dead)
    household.clock.turn(microseconds=-1)
    assert household.journeys.notifications.retry(household.call(), dead)


def test_a_repeated_retry_revives_once(household: Household, dead: UUID):
    call = household.call(request_id=new_id())
    household.journeys.notifications.retry(call, dead)
    household.send_through(ScriptedSender([PermanentFailure("550 again")]))
    household.post()
    assert household.journeys.notifications.retry(call, dead).notification.state == "dead"


def test_the_newest_are_listed_first_and_pages_do_not_overlap(household: Household):
    ids = fill(household.core.database, 5, now=household.clock())
    first = listed(household, Filter(), size=2)
    fill(household.core.database, 1, now=household.clock())
    second = listed(household, Filter(), size=2, before=first[-1].id)
    third = listed(household, Filter(), size=2, before=second[-1].id)
    assert [mail.id for mail in (*first, *second, *third)] == ids[::-1]


def test_a_list_shows_what_was_asked_for(household: Household):
    now, database, user_id = household.clock.stand(), household.core.database, new_id()
    (old,) = fill(database, 1, now=now - timedelta(days=2), state="sent", kind="verification")
    (dead,) = fill(database, 1, now=now, state="dead", kind="verification")
    (welcome,) = fill(database, 1, now=now, kind="welcome", user_id=user_id)
    (bobs,) = fill(database, 1, now=now, recipient_key="bob@example.com", kind="verification")
    fill(database, 1, now=now, tenant_id="other")

    def found(**wanted: object) -> list[UUID]:
        return [mail.id for mail in listed(household, Filter(**wanted))]  # type: ignore[arg-type]

    assert found() == [bobs, welcome, dead, old]
    assert found(states=["dead", "sent"]) == [dead, old]
    assert found(kinds=["welcome"]) == found(user_id=user_id) == [welcome]
    assert found(recipient_key="bob@example.com") == [bobs]
    assert found(created_from=now) == [bobs, welcome, dead]
    assert found(created_before=now) == [old]
    assert found(states=["dead"], kinds=["welcome"]) == []


def watch(household: Household, notification_id: UUID, after: int = -1, stopping: threading.Event | None = None):
    return household.journeys.notifications.watch(
        "default",
        notification_id,
        after_revision=after,
        goes_on=lambda: True,
        stopping=stopping or threading.Event(),
    )


def test_a_watcher_sees_the_mail_now_and_when_it_changes_and_then_the_end(household: Household):
    registered = household.register()
    watched = watch(household, registered.notification_id)
    assert next(watched).notification.state == "queued"
    household.post()
    assert [seen.notification.state for seen in watched] == ["sent"]


def test_a_watcher_who_comes_back_sees_only_what_is_new(household: Household):
    registered = household.register()
    household.post()
    revision = household.notification(registered.notification_id).revision
    assert list(watch(household, registered.notification_id, after=revision)) == []
    assert len(list(watch(household, registered.notification_id, after=revision - 1))) == 1


def test_a_watcher_is_told_when_the_server_stops(household: Household):
    stopping = threading.Event()
    watched = watch(household, household.register().notification_id, stopping=stopping)
    next(watched)
    stopping.set()
    with pytest.raises(ServerStopping):
        next(watched)
