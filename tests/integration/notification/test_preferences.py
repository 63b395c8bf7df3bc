"""What users want to receive."""

import pytest

from identity_service import bootstrap
from identity_service.ids import new_id
from identity_service.notification.errors import RecipientNotFound
from identity_service.notification.preferences import CategoryContradicted
from identity_service.notification.unsubscribe_links import Subscription
from identity_service.storage.tables import audit_events, opt_outs


@pytest.fixture
def ada(household):
    return household.user()


def changes(household) -> list[dict]:
    return [row for row in household.rows(audit_events) if row["event"] == "preferences.changed"]


def test_at_first_nothing_is_refused(household, ada):
    assert household.journeys.preferences.get("default", ada.id).opted_out == ()


def test_categories_are_opted_out_of_and_into_one_by_one(household, ada):
    preferences = household.journeys.preferences
    preferences.update(household.call(), ada.id, opt_out=["update", "alert"])
    updated = preferences.update(household.call(), ada.id, opt_out=["news"], opt_in=["alert"])
    assert updated.opted_out == ("news", "update") == preferences.get("default", ada.id).opted_out


def test_a_change_is_audited_and_a_repeat_is_none(household, ada):
    for _ in range(3):
        household.journeys.preferences.update(household.call(), ada.id, opt_out=["update"])
    assert [event["user_id"] for event in changes(household)] == [ada.id]


def test_a_category_cannot_be_refused_and_wanted_in_one_call(household, ada):
    with pytest.raises(CategoryContradicted) as refused:
        household.journeys.preferences.update(household.call(), ada.id, opt_out=["update"], opt_in=["update"])
    assert refused.value.fields[0].field == "opt_in_categories"


def test_a_user_of_another_tenant_is_unknown(household, ada):
    household.add_tenant("other")
    with pytest.raises(RecipientNotFound):
        household.journeys.preferences.get("other", ada.id)
    with pytest.raises(RecipientNotFound):
        household.journeys.preferences.update(household.call(tenant="other"), ada.id, opt_out=["update"])
    assert household.rows(opt_outs) == []


def test_a_repeated_request_is_answered_as_the_first_time(household, ada):
    request = household.call(request_id=new_id())
    first = household.journeys.preferences.update(request, ada.id, opt_out=["update"])
    household.journeys.preferences.update(household.call(), ada.id, opt_in=["update"])
    assert household.journeys.preferences.update(request, ada.id, opt_out=["update"]) == first
    assert household.journeys.preferences.get("default", ada.id).opted_out == ()


def test_a_link_ends_its_subscription_alone_and_takes_it_back(household, ada):
    links, preferences = bootstrap.unsubscribe_links(household.core), household.journeys.preferences
    subscription = links.read(links.token(Subscription("default", ada.id, "update")))
    preferences.unsubscribe(household.call(), subscription)
    assert preferences.get("default", ada.id).opted_out == ("update",)
    preferences.subscribe_again(household.call(), subscription)
    assert preferences.get("default", ada.id).opted_out == ()


def test_the_link_of_somebody_who_is_gone_leaves_nothing_behind(household):
    household.journeys.preferences.unsubscribe(household.call(), Subscription("default", new_id(), "update"))
    assert household.rows(opt_outs) == []
