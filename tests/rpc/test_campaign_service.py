"""Writing to many, as callers of NotificationService and CampaignService meet it."""

from collections.abc import Iterator
from uuid import uuid4

import grpc
import pytest
from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp
from notification.v1 import campaign_pb2, notification_pb2
from notification.v1 import campaign_service_pb2 as campaign_pb
from notification.v1 import notification_service_pb2 as pb
from notification.v1.message_content_pb2 import MessageContent

from identity_service.notification.kinds import Kind
from identity_service.notification.rendering.overrides.source import OverrideSource
from identity_service.notification.templates import Slot
from identity_service.storage.rows import SuppressionReason
from tests.rpc.fakes import reason_of, violations_of
from tests.services.household import Household
from tests.services.many_users import add_users
from tests.services.served import served
from tests.services.service import Client
from tests.services.suppressed import suppress

CONTENT = MessageContent(category="news", subject="News", message="Payments arrive a day earlier.")


@pytest.fixture
def client(household: Household) -> Iterator[Client]:
    with served(household) as client:
        yield client


def create(client: Client, **given: object) -> campaign_pb2.Campaign:
    fields = {"name": "Spring", "user_types": ["artist"], "content": CONTENT} | given
    return client.campaigns.CreateCampaign(campaign_pb.CreateCampaignRequest(**fields)).campaign  # type: ignore[arg-type]


def refusal(call: object, request: object) -> grpc.RpcError:
    with pytest.raises(grpc.RpcError) as refused:
        call(request)  # type: ignore[operator]
    return refused.value


def test_ten_thousand_users_named_in_one_call_are_answered_one_by_one(household: Household, client: Client):
    people = add_users(household, 9_999)
    request = pb.NotifyUsersRequest(content=CONTENT, user_ids=[*map(str, people), str(uuid4())])
    results = client.notifications.NotifyUsers(request).results
    assert {result.outcome for result in results[:-1]} == {pb.RECIPIENT_OUTCOME_QUEUED}
    assert [result.user_id for result in results[:-1]] == [str(user_id) for user_id in people]
    assert results[-1] == pb.RecipientResult(outcome=pb.RECIPIENT_OUTCOME_NOT_FOUND)


def test_each_outcome_has_its_own_answer(household: Household, client: Client):
    people = add_users(household, 4)
    household.suspend(people[1])
    household.journeys.preferences.update(household.call(), people[2], opt_out=["news"])
    suppress(household, "4@user.example", reason=SuppressionReason.COMPLAINT)
    request = pb.NotifyUsersRequest(content=CONTENT, user_ids=list(map(str, people)))
    queued, *refused = client.notifications.NotifyUsers(request).results
    assert (queued.outcome, bool(queued.notification_id)) == (pb.RECIPIENT_OUTCOME_QUEUED, True)
    assert refused == [
        pb.RecipientResult(outcome=pb.RECIPIENT_OUTCOME_SUSPENDED),
        pb.RecipientResult(outcome=pb.RECIPIENT_OUTCOME_OPTED_OUT),
        pb.RecipientResult(outcome=pb.RECIPIENT_OUTCOME_SUPPRESSED),
    ]


def test_the_notifications_of_a_batch_are_listed(household: Household, client: Client):
    household.user()
    people = add_users(household, 3)
    request = pb.NotifyUsersRequest(content=CONTENT, user_ids=list(map(str, people)))
    notified = client.notifications.NotifyUsers(request)
    listed = client.notifications.ListNotifications(pb.ListNotificationsRequest(batch_id=notified.batch_id))
    assert {each.batch_id for each in listed.notifications} == {notified.batch_id}
    assert {each.notification_id for each in listed.notifications} == {
        each.notification_id for each in notified.results
    }


def test_recipients_are_named_in_one_way(client: Client):
    for both in ({}, {"user_ids": [str(uuid4())], "emails": ["ada@example.com"]}):
        error = refusal(client.notifications.NotifyUsers, pb.NotifyUsersRequest(content=CONTENT, **both))
        assert reason_of(error) == "INVALID_INPUT"


def test_an_address_that_is_none_is_named_in_the_answer(client: Client):
    request = pb.NotifyUsersRequest(content=CONTENT, emails=["ada@example.com", "bob@localhost"])
    error = refusal(client.notifications.NotifyUsers, request)
    assert (reason_of(error), list(violations_of(error))) == ("EMAIL_INVALID", ["emails[1]"])


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (MessageContent(category="news", message="Text"), "content.subject"),
        (MessageContent(category="news", subject="News", message=" "), "content.message"),
        (MessageContent(category="No", subject="News", message="Text"), "content.category"),
        (MessageContent(category="news", subject="Two\nlines", message="Text"), "content.subject"),
        (MessageContent(category="news", subject="News", message="a\0b"), "content.message"),
        (MessageContent(category="news", kind=notification_pb2.NOTIFICATION_KIND_RESET_LINK), "content.kind"),
    ],
)
def test_content_that_can_not_be_sent_is_refused(client: Client, content: MessageContent, field: str):
    request = pb.NotifyUsersRequest(content=content, user_ids=[str(uuid4())])
    error = refusal(client.notifications.NotifyUsers, request)
    assert field in violations_of(error)


def test_more_data_than_a_message_may_have_is_refused(client: Client):
    for values in ({f"key{number}": 1 for number in range(33)}, {"key": "x" * 9_000}):
        data = Struct()
        data.update(values)
        content = MessageContent(category="news", subject="News", message="Text", data=data)
        error = refusal(
            client.notifications.NotifyUsers, pb.NotifyUsersRequest(content=content, emails=["a@b.example"])
        )
        assert list(violations_of(error)) == ["content.data"]


def within_lists(levels: int) -> list[object]:
    return [within_lists(levels - 1)] if levels > 1 else []


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("a\0b", "must have no NUL characters"),
        ({"a": ["a\0b"]}, "must have no NUL characters"),
        ([{"a\0b": 1}], "must have no NUL characters"),
        (float("nan"), "must have no numbers but finite ones"),
        ([float("-inf")], "must have no numbers but finite ones"),
        (within_lists(9), "must have no more than 8 lists and objects within one another"),
        ({"a": within_lists(8)}, "must have no more than 8 lists and objects within one another"),
    ],
)
def test_data_that_can_not_be_kept_is_refused(client: Client, value: object, words: str):
    data = Struct()
    data.update({"key": value})
    content = MessageContent(category="news", subject="News", message="Text", data=data)
    error = refusal(client.notifications.NotifyUsers, pb.NotifyUsersRequest(content=content, emails=["a@b.example"]))
    assert violations_of(error) == {"content.data": words}
    assert reason_of(error) == "INVALID_INPUT"


def test_the_deepest_data_there_may_be_is_shown_and_listed(client: Client):
    data = Struct()
    objects: dict[str, object] = {}
    for _ in range(7):
        objects = {"a": objects}
    data.update({"lists": within_lists(8), "objects": objects})
    created = create(client, content=MessageContent(category="news", subject="News", message="Text", data=data))
    (listed,) = client.campaigns.ListCampaigns(campaign_pb.ListCampaignsRequest()).campaigns
    assert (created.content.data, listed.content.data) == (data, data)


def test_a_whole_number_in_data_is_shown_as_one(household: Household, client: Client):
    (user,) = add_users(household, 1)
    names = ("order", "most", "price", "beyond")
    shown = " ".join(f"{{{{ data.{name} }}}}" for name in names)
    source = OverrideSource("{{ title }}", "<p>{{ message }}</p>", f"{shown} {{{{ message }}}}")
    household.journeys.templates.put(household.call(), Slot(Kind.NOTIFICATION, "", "en"), source)
    data = Struct()
    data.update(dict(zip(names, (1001, -(2**53), 12.5, 2.0**60), strict=True)))
    content = MessageContent(category="news", subject="News", message="Text", data=data)
    request = pb.NotifyUsersRequest(content=content, user_ids=[str(user)])
    client.notifications.NotifyUsers(request)
    household.post()
    (letter,) = household.letters()
    assert letter.text.startswith("1001 -9007199254740992 12.5 1.152921504606847e+18 Text")


def test_data_for_templates_is_kept(client: Client):
    data = Struct()
    data.update({"month": "May", "amount": 12.5, "lines": ["a", "b"]})
    content = MessageContent(category="news", subject="News", message="Text", data=data)
    assert create(client, content=content).content.data == data


def test_a_campaign_is_created_steered_and_watched(household: Household, client: Client):
    add_users(household, 3, user_type="artist")
    created = create(client, start_time=Timestamp(seconds=4102444800))
    assert (created.state, created.content.subject) == (campaign_pb2.CAMPAIGN_STATE_SCHEDULED, "News")
    named = {"campaign_id": created.campaign_id}
    paused = client.campaigns.PauseCampaign(campaign_pb.PauseCampaignRequest(**named)).campaign
    resumed = client.campaigns.ResumeCampaign(campaign_pb.ResumeCampaignRequest(**named)).campaign
    cancelled = client.campaigns.CancelCampaign(campaign_pb.CancelCampaignRequest(**named)).campaign
    assert [each.state for each in (paused, resumed, cancelled)] == [
        campaign_pb2.CAMPAIGN_STATE_PAUSED,
        campaign_pb2.CAMPAIGN_STATE_SCHEDULED,
        campaign_pb2.CAMPAIGN_STATE_CANCELLED,
    ]
    error = refusal(client.campaigns.ResumeCampaign, campaign_pb.ResumeCampaignRequest(**named))
    assert (error.code(), reason_of(error)) == (grpc.StatusCode.FAILED_PRECONDITION, "CAMPAIGN_STATE_WRONG")  # type: ignore[attr-defined]


def test_the_progress_of_a_campaign_is_told(household: Household, client: Client):
    people = add_users(household, 3, user_type="artist")
    household.journeys.preferences.update(household.call(), people[0], opt_out=["news"])
    created = create(client)
    household.post()
    while household.relay():
        pass
    request = campaign_pb.GetCampaignRequest(campaign_id=created.campaign_id)
    campaign = client.campaigns.GetCampaign(request).campaign
    assert campaign.state == campaign_pb2.CAMPAIGN_STATE_FINISHED
    assert campaign.progress == campaign_pb2.CampaignProgress(
        expected_count=3, recipient_count=3, recipients_complete=True, sent_count=2, suppressed_count=1
    )


def test_campaigns_are_paged_and_filtered(client: Client):
    ids = [create(client).campaign_id for _ in range(3)]
    first = client.campaigns.ListCampaigns(campaign_pb.ListCampaignsRequest(page_size=2))
    second = client.campaigns.ListCampaigns(
        campaign_pb.ListCampaignsRequest(page_size=2, page_token=first.next_page_token)
    )
    assert [each.campaign_id for each in (*first.campaigns, *second.campaigns)] == ids[::-1]
    paused = campaign_pb.ListCampaignsRequest(states=[campaign_pb2.CAMPAIGN_STATE_PAUSED])
    assert list(client.campaigns.ListCampaigns(paused).campaigns) == []
