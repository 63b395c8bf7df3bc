"""Addresses that get no mail."""

from dataclasses import replace
from functools import partial

import pytest

from identity_service.identity.invite import InviteCommand
from identity_service.identity.start_password_reset import ResetMethod
from identity_service.ids import new_id
from identity_service.notification.errors import AlreadySuppressed, SuppressionNotFound
from identity_service.notification.suppressions import SuppressionFilter
from identity_service.storage.rows import NotificationState, SuppressionReason
from identity_service.storage.tables import answered_requests, audit_events
from tests.services import suppressed

EVERYTHING = SuppressionFilter()


@pytest.fixture
def suppress(household):
    return partial(suppressed.suppress, household)


def invitation(household):
    """One for Bob, after it was taken up."""
    invited = household.journeys.invite(household.call(), InviteCommand(household.user().id, "bob@example.com", "user"))
    household.post()
    return household.notification(invited.notification_id)


def listed(household, wanted=EVERYTHING, tenant="default", **given):
    page = {"before": None, "size": 50} | given
    return household.journeys.suppressions.page(tenant, wanted, **page)


def test_a_code_is_not_sent_to_an_address_that_bounced_and_the_caller_can_see_why(household, suppress):
    household.user()
    suppress("Ada@Example.com")
    asked = household.journeys.request_code(household.call(), "ada@example.com")
    before = len(household.letters())
    household.post()
    notification = household.notification(asked.notification_id)
    assert len(household.letters()) == before
    assert notification.state == NotificationState.SUPPRESSED
    assert "HARD_BOUNCE" in (notification.last_error or "")
    assert household.outcomes(asked.notification_id) == ["suppressed"]


def test_an_address_without_a_user_is_suppressed_alike(household, suppress):
    suppress("nobody@example.com")
    asked = household.journeys.request_code(household.call(), "nobody@example.com")
    household.post()
    assert household.notification(asked.notification_id).state == NotificationState.SUPPRESSED


@pytest.mark.parametrize("reason", [SuppressionReason.COMPLAINT, SuppressionReason.OPERATOR])
def test_security_mail_goes_where_only_other_mail_is_unwanted(household, suppress, reason):
    suppress(reason=reason)
    assert household.user().email == "ada@example.com"
    reset = household.journeys.start_password_reset(household.call(), "ada@example.com", ResetMethod.LINK)
    assert household.letter(reset.notification_id).token


@pytest.mark.parametrize("reason", SuppressionReason)
def test_an_invitation_does_not_go_where_nothing_is_wanted(household, suppress, reason):
    suppress("bob@example.com", reason=reason)
    assert invitation(household).state == NotificationState.SUPPRESSED
    assert household.letters("bob@example.com") == []


def test_an_invitation_goes_where_only_mail_of_a_category_is_unwanted(household, suppress):
    suppress("bob@example.com", category="update")
    assert invitation(household).state == NotificationState.SENT


def test_a_bounce_of_one_category_does_not_stop_security_mail(household, suppress):
    suppress(category="update")
    assert household.user().email == "ada@example.com"


def test_another_tenants_bounces_concern_nobody_here(household, suppress):
    household.add_tenant("other")
    suppress(call=household.call(tenant="other"))
    assert household.user().email == "ada@example.com"


def test_mail_goes_again_once_the_suppression_is_removed(household, suppress):
    household.user()
    suppression = suppress()
    household.journeys.suppressions.remove(household.call(), suppression.id)
    assert household.code()


def test_an_address_is_suppressed_once_for_each_category(household, suppress):
    suppress(category="update")
    suppress()
    with pytest.raises(AlreadySuppressed):
        suppress("ADA@example.com", reason=SuppressionReason.OPERATOR)
    assert len(listed(household)) == 2


@pytest.mark.parametrize("milder", [SuppressionReason.COMPLAINT, SuppressionReason.OPERATOR])
def test_a_hard_bounce_takes_the_place_of_a_milder_reason(household, suppress, milder):
    household.user()
    before, request = suppress(reason=milder, note="spam button"), household.call(request_id=new_id())
    bounced = suppress("Ada@Example.com", call=request, note="550 no such user")
    assert bounced == replace(before, reason=SuppressionReason.HARD_BOUNCE, note="550 no such user")
    assert suppress("Ada@Example.com", call=request, note="550 no such user") == bounced
    assert listed(household) == [bounced]
    events = [row for row in household.rows(audit_events) if row["event"] == "suppression.added"]
    assert [row["subject_id"] for row in events] == [before.id] * 2
    asked = household.journeys.request_code(household.call(), "ada@example.com")
    household.post()
    assert household.notification(asked.notification_id).state == NotificationState.SUPPRESSED


def test_no_other_reason_takes_the_place_of_one(household, suppress):
    suppress(reason=SuppressionReason.COMPLAINT)
    suppress(reason=SuppressionReason.COMPLAINT, category="update")
    suppress("bob@example.com")
    before = listed(household)
    for again in (
        {"reason": SuppressionReason.OPERATOR},
        {"category": "update"},
        {"email": "bob@example.com", "note": "again"},
        {"email": "bob@example.com", "reason": SuppressionReason.COMPLAINT},
    ):
        with pytest.raises(AlreadySuppressed):
            suppress(**again)
    assert listed(household) == before


def test_what_is_not_suppressed_cannot_be_removed(household, suppress):
    household.add_tenant("other")
    suppression = suppress()
    for call, suppression_id in [(household.call(), new_id()), (household.call(tenant="other"), suppression.id)]:
        with pytest.raises(SuppressionNotFound):
            household.journeys.suppressions.remove(call, suppression_id)
    assert listed(household) == [suppression]


def test_suppressions_are_filtered_and_paged_newest_first(household, suppress):
    first = suppress("a@example.com")
    second = suppress("b@example.com", reason=SuppressionReason.COMPLAINT, category="update", note="spam button")
    third = suppress("a@example.com", reason=SuppressionReason.OPERATOR, category="update")
    assert listed(household) == [third, second, first]
    assert listed(household, before=third.id, size=1) == [second]
    assert listed(household, SuppressionFilter(address_key=first.address_key)) == [third, first]
    assert listed(household, SuppressionFilter(category="update")) == [third, second]
    assert listed(household, SuppressionFilter(reasons=("hard_bounce", "complaint"))) == [second, first]
    assert listed(household, tenant="other") == []


def test_repeated_requests_take_effect_once(household, suppress):
    request = household.call(request_id=new_id())
    added = suppress(call=request)
    assert suppress(call=request) == added
    removing = household.call(request_id=new_id())
    for _ in range(2):
        household.journeys.suppressions.remove(removing, added.id)
    events = [row["event"] for row in household.rows(audit_events) if row["event"].startswith("suppression")]
    assert events == ["suppression.added", "suppression.removed"]


def test_no_kept_answer_holds_the_address(household, suppress):
    request = household.call(request_id=new_id())
    added = suppress(call=request, note="spam button")
    (kept,) = household.rows(answered_requests)
    assert "ada" not in str(kept)
    household.journeys.suppressions.remove(household.call(), added.id)
    with pytest.raises(SuppressionNotFound):
        suppress(call=request, note="spam button")
