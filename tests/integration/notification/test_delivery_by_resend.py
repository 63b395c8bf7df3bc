"""Mails of journeys and of campaigns, all the way to a server that speaks Resend's protocol."""

import json
import re
from collections.abc import Iterator
from unittest.mock import patch

import pytest

from identity_service.identity.challenges import LinkToken
from identity_service.notification.messages.campaigns import CreateCampaign
from identity_service.notification.messages.content import Content
from identity_service.notification.messages.notify_users import Named
from identity_service.storage.errors import DatabaseUnavailable
from identity_service.storage.tables import notifications
from identity_service.tenants.directory import TenantDirectory
from tests.services.household import Household
from tests.services.many_users import add_users
from tests.services.resend import Answer, ResendServer
from tests.services.scripted_sender import ScriptedSender


class Killed(BaseException):
    """The end of a worker."""


@pytest.fixture
def customer(household: Household, resend: ResendServer) -> Iterator[Household]:
    with household.restarted(IDENTITY_SENDER=resend.url(), IDENTITY_FROM="Example <no-reply@example.org>") as running:
        yield running


def test_a_journeys_mail_is_posted_under_its_notifications_id(customer: Household, resend: ResendServer):
    registered = customer.register("ada@example.com")
    customer.post()

    (mail,), (request,) = resend.mails, resend.requests
    mailed = customer.notification(registered.notification_id)
    assert request.key == mail["headers"]["X-Notification-Id"] == str(mailed.id)
    assert mail["headers"]["Message-ID"] == f"<{mailed.id}@example.org>"
    assert (mail["from"], mail["to"]) == ("Example <no-reply@example.org>", ["ada@example.com"])
    assert mailed.state == "sent"
    assert mailed.provider_reference
    for text in (mail["text"], mail["html"]):
        token = re.search(r"token=([A-Za-z0-9_-]{64})", text)
        assert token
    assert customer.journeys.verify_email(customer.call(), LinkToken(token[1])).user.id == registered.user_id


def test_an_attempt_that_resend_accepted_unseen_is_repeated_without_a_second_mail(
    customer: Household, resend: ResendServer
):
    """As when a worker dies between Resend's answer and the record."""
    registered = customer.register("ada@example.com")
    with patch.object(customer.mailroom.delivery, "_record", side_effect=Killed), pytest.raises(Killed):
        customer.post()
    customer.clock.turn(seconds=61)
    customer.relay()
    customer.clock.turn(seconds=61)
    customer.relay()

    assert len(resend.mails) == 1
    assert customer.outcomes(registered.notification_id) == ["lost", "sent"]


def test_a_campaign_travels_a_hundred_mails_at_a_time(customer: Household, resend: ResendServer):
    add_users(customer, 120, user_type="artist")
    content = Content("newsletter", subject="News", body="Payments arrive a day earlier.")
    customer.journeys.campaigns.create(customer.call(), CreateCampaign("Spring", ("artist",), content))
    customer.post()
    while customer.relay():
        pass

    assert len(resend.mails) == 120
    assert {request.path for request in resend.requests} == {"/emails/batch"}
    assert len(resend.requests) == 2
    headers = resend.mails[0]["headers"]
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert json.dumps(resend.mails[0]["text"]).count("Payments arrive a day earlier.") == 1


def test_a_spent_quota_uses_up_no_attempt_of_a_message_to_many(customer: Household, resend: ResendServer):
    resend.faults = [lambda _: Answer(429, {"name": "daily_quota_exceeded"}, {"Retry-After": "20000"})] * 99
    ids = add_users(customer, 3)
    content = Content("update", subject="News", body="Payments arrive a day earlier.")
    customer.journeys.notify_users(customer.call(), Named(user_ids=ids), content)
    customer.post()
    for _ in range(5):
        customer.clock.turn(minutes=10)
        customer.relay()
    assert {(row["state"], row["attempts"]) for row in customer.rows(notifications)} == {("queued", 0)}

    resend.faults.clear()
    customer.clock.turn(minutes=10)
    customer.relay()
    assert {(row["state"], row["attempts"]) for row in customer.rows(notifications)} == {("sent", 1)}


def test_a_tenant_whose_profile_cannot_be_looked_up_loses_no_mail(household: Household):
    household.send_through(ScriptedSender())
    registered = household.register()
    with patch.object(TenantDirectory, "get", side_effect=DatabaseUnavailable()):
        household.post()
    assert household.notification(registered.notification_id).state == "queued"

    household.clock.turn(seconds=5)
    household.relay()
    assert household.notification(registered.notification_id).state == "sent"
