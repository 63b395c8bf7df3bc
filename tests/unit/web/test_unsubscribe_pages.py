"""The page behind the unsubscribe link of a mail, and the POST of mail programs (RFC 8058)."""

import pytest
from starlette.testclient import TestClient

from identity_service import bootstrap
from identity_service.notification.unsubscribe_links import Subscription
from identity_service.storage.tables import audit_events, opt_outs
from identity_service.web.app import edge_app
from tests.unit.web.edge import in_production, without_database

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def ada(home):
    return home.user()


@pytest.fixture
def link(home, ada):
    links = bootstrap.unsubscribe_links(home.core)
    return links.url(Subscription("default", ada.id, "update"))


def refused(home):
    return [row["category"] for row in home.rows(opt_outs)]


def test_opening_the_link_changes_nothing_however_often(client, home, link):
    for _ in range(3):
        assert client.get(link).status_code == 200
        assert client.head(link).status_code == 200
    assert refused(home) == []


def test_the_page_asks_and_says_which_mails(client, link):
    page = client.get(link)
    assert "Stop these mails?" in page.text
    assert "<bdi>update</bdi>" in page.text
    assert page.headers["content-language"] == "en"


def test_a_mail_programs_button_unsubscribes_at_once(client, home, ada, link):
    assert client.post(link, data=ONE_CLICK).status_code == 200
    assert refused(home) == ["update"]
    event = next(row for row in home.rows(audit_events) if row["event"] == "preferences.changed")
    assert (event["user_id"], event["actor"]) == (ada.id, "unsubscribe-link")


def test_pressing_twice_is_no_error(client, home, link):
    assert [client.post(link, data=ONE_CLICK).status_code for _ in range(2)] == [200, 200]
    assert refused(home) == ["update"]


def test_the_pages_buttons_unsubscribe_and_take_it_back(client, home, link):
    done = client.post(link, data={"action": "unsubscribe"})
    assert "You are unsubscribed" in done.text
    assert refused(home) == ["update"]
    again = client.post(link, data={"action": "subscribe"})
    assert "You are subscribed again" in again.text
    assert refused(home) == []


def test_the_page_speaks_the_readers_language(client, link):
    page = client.get(link, headers={"Accept-Language": "ar-EG,ar;q=0.9,en;q=0.8"})
    assert '<html lang="ar" dir="rtl">' in page.text
    assert "إلغاء الاشتراك" in page.text


@pytest.mark.parametrize(
    "token", ["", "?token=", "?token=" + "A" * 64, "?token=%00", "?token=<script>alert(1)</script>"]
)
def test_a_link_that_was_not_signed_here_is_refused(client, home, token):
    for answer in (client.get(f"/unsubscribe{token}"), client.post(f"/unsubscribe{token}", data=ONE_CLICK)):
        assert answer.status_code == 400
        assert "<script>alert" not in answer.text
    assert refused(home) == []


def test_without_the_database_nothing_is_claimed_to_be_done(client, home, link):
    with without_database(home):
        answer = client.post(link, data=ONE_CLICK)
    assert answer.status_code == 503
    assert "Nothing was changed" in answer.text


def test_the_edge_of_production_has_the_page_too(parts, home, link):
    with TestClient(edge_app(in_production(parts)), base_url="https://mail.example.com") as client:
        token = link.partition("?")[2]
        assert client.post(f"/unsubscribe?{token}", data=ONE_CLICK).status_code == 200
        assert client.get("/assets/pages.css").status_code == 200
        assert client.get("/mails").status_code == 404
    assert refused(home) == ["update"]
