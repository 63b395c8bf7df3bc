"""The mailbox page: the list, one mail, and what a hostile mail cannot do."""

import re
from dataclasses import replace
from html import unescape

import pytest
from starlette.testclient import TestClient

from identity_service.ids import new_id
from identity_service.notification.senders import TransientFailure
from identity_service.storage.tables import metadata
from identity_service.web.app import edge_app
from identity_service.web.mail_view import framed, one_time_code
from tests.unit.web.edge import ADDRESS, capture, parts_of, without_database

HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)">'


def test_an_empty_mailbox_shows_what_to_call_first(client):
    page = unescape(client.get("/").text)
    assert "No mail yet" in page
    assert "grpcurl -plaintext" in page
    assert "127.0.0.1:50051 identity.v1.AccountService/RegisterUser" in page
    assert "http://127.0.0.1:50051/identity.v1.AccountService/RegisterUser" in page


def test_the_newest_mail_comes_first_and_is_open(client, mail):
    capture(mail, subject="The first")
    second = capture(mail, subject="The second")
    page = client.get("/").text
    assert page.index("The second") < page.index("The first")
    assert f'<article class="mail" data-id="{second}"' in page


def test_a_mail_has_an_address_of_its_own(client, mail):
    first = capture(mail, subject="The first", text="Its own words\n")
    capture(mail, subject="The second")
    page = client.get(f"/mails/{first}").text
    assert "Its own words" in page
    assert re.search(rf'<a href="/mails/{first}" aria-current="true">', page)


def test_a_mail_that_is_gone_has_a_page_that_says_so(client):
    for part in ("", "/pane", "/html", "/source"):
        answer = client.get(f"/mails/{new_id()}{part}")
        assert answer.status_code == 404
        assert "There is no such page" in answer.text


def test_kind_state_and_attempts_of_a_delivered_mail_are_shown(client, home):
    registered = home.register()
    home.post()
    page = client.get(f"/mails/{registered.notification_id}").text
    assert '<span class="kind">Verification</span>' in page
    assert '<span class="state" data-state="sent">Sent</span>' in page
    assert f"<code>{registered.notification_id}</code>" in page
    assert "1 of 6" in page


def test_a_failed_attempt_is_shown_with_its_error(client, home):
    class Failing:
        def send(self, _mail):
            raise TransientFailure("451 <greylisted>")

    home.send_through(Failing())
    notification_id = home.register().notification_id
    home.post()
    part = client.get(f"/mails/{notification_id}/delivery").text
    assert 'data-state="transient"' in part
    assert "451 &lt;greylisted&gt;" in part
    assert "Next attempt" in part


def test_a_mail_without_a_notification_can_be_read(client, mail):
    notification_id = capture(mail, text="From an earlier database\n")
    page = client.get(f"/mails/{notification_id}").text
    assert "From an earlier database" in page
    assert "The database holds no notification of this mail." in page


def test_the_mailbox_can_be_read_while_the_database_is_away(client, home, mail):
    capture(mail, subject="Still there")
    with without_database(home):
        page = client.get("/")
    assert page.status_code == 200
    assert "Still there" in page.text
    assert "The database is not available" in page.text


def test_a_code_can_be_copied(client, home):
    registered = home.register()
    letter = home.letter(registered.notification_id)
    page = client.get(f"/mails/{registered.notification_id}").text
    assert f'data-copy="{letter.code}"' in page
    assert f"<mark>{letter.code}</mark>" in page


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Your code:\n\n  048213\n\nBye", "048213"),
        ("Your code: 048213", None),
        ("0482134", None),
        ("٠٤٨٢١٣", None),
        ("", None),
        (None, None),
        ("000001\n000002", "000001"),
    ],
)
def test_a_code_is_six_digits_on_a_line_of_their_own(text, code):
    assert one_time_code(text) == code


def test_the_text_is_shown_as_it_is(client, mail):
    notification_id = capture(mail, text="  indented <b>not bold</b>\n\nhttps://example.com/?a=1&b=2\n")
    page = client.get(f"/mails/{notification_id}/pane").text
    assert "  indented &lt;b&gt;not bold&lt;/b&gt;\n\n" in page
    assert '<a href="https://example.com/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">' in page


def test_a_link_with_another_scheme_stays_text(client, mail):
    notification_id = capture(mail, text="javascript:alert(1)\n")
    assert 'href="javascript' not in client.get(f"/mails/{notification_id}/pane").text


def test_a_mail_of_one_kind_offers_only_that(client, mail):
    only_text, only_html = capture(mail), capture(mail, text=None, html="<p>Hello</p>")
    assert "<iframe" not in client.get(f"/mails/{only_text}/pane").text
    assert client.get(f"/mails/{only_text}/html").status_code == 404
    pane = client.get(f"/mails/{only_html}/pane").text
    assert "<iframe" in pane
    assert re.search(r'data-tab="text"[^>]*disabled', pane, re.DOTALL)


def test_a_hostile_subject_name_or_text_is_text(client, mail):
    hostile = capture(mail, subject=HOSTILE, to="a&lt;b@example.com", text=HOSTILE)
    for path in ("/", f"/mails/{hostile}", f"/mails/{hostile}/pane", "/mails?wait=0"):
        page = client.get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;alert(1)" in page
        assert "a&amp;lt;b@example.com" in page


def test_the_html_of_a_mail_is_framed_without_scripts_and_origin(client, mail):
    hostile = capture(mail, html=f"<html><head></head><body>{HOSTILE}</body></html>")
    frame = re.search(r"<iframe[^>]*>", client.get(f"/mails/{hostile}/pane").text)[0]
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in frame
    answer = client.get(f"/mails/{hostile}/html")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'")
    assert "script-src" not in policy
    assert "allow-scripts" not in policy + frame
    assert "allow-same-origin" not in policy + frame
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"


def test_the_html_of_a_mail_is_nowhere_but_in_its_frame(client, mail):
    hostile = capture(mail, html='<p id="from-the-mail">Hello</p>')
    for path in ("/", f"/mails/{hostile}", f"/mails/{hostile}/pane"):
        assert "from-the-mail" not in client.get(path).text


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            '<!doctype html><html><head lang="x"><title>',
            '<!doctype html><html><head lang="x"><base target="_blank"><title>',
        ),
        ("<!DOCTYPE html><p>x", '<!DOCTYPE html><base target="_blank"><p>x'),
        ("<p>x", '<base target="_blank"><p>x'),
        ("<header>x", '<base target="_blank"><header>x'),
        ("", '<base target="_blank">'),
    ],
)
def test_links_of_a_mail_open_new_tabs_and_its_mode_of_rendering_stays(html, expected):
    assert framed(html) == expected


def test_headers_are_listed_and_escaped(client, mail):
    hostile = capture(mail, subject="<b>bold</b>")
    pane = client.get(f"/mails/{hostile}/pane").text
    assert '<th scope="row">Subject</th><td dir="auto">&lt;b&gt;bold&lt;/b&gt;</td>' in pane


def test_the_source_is_a_download_for_mail_programs(client, mail):
    notification_id = capture(mail, subject="Hello")
    answer = client.get(f"/mails/{notification_id}/source")
    assert answer.headers["content-type"] == "message/rfc822"
    assert answer.headers["content-disposition"] == f'attachment; filename="{notification_id}.eml"'
    assert b"Subject: Hello" in answer.content


def test_texts_of_either_direction_find_their_own(client, mail):
    capture(mail, subject="أكّد بريدك الإلكتروني", to="ليلى@example.com")
    page = client.get("/").text
    assert '<span class="subject" dir="auto">أكّد بريدك الإلكتروني</span>' in page
    assert '<span class="recipient" dir="auto">ليلى@example.com</span>' in page


def test_where_mail_is_not_captured_the_page_says_where_it_goes(home, mail):
    parts = parts_of(home, mail)
    elsewhere = replace(parts, development=replace(parts.development, delivered_to="SMTP server mail.example.com"))
    page = TestClient(edge_app(elsewhere), base_url=f"http://{ADDRESS}").get("/").text
    assert "It is delivered to <b>SMTP server mail.example.com</b>" in page


def test_reading_changes_nothing(client, home, mail):
    """Given delivered mail, when every address is read by GET and HEAD, then neither rows nor files have changed."""
    notification_id = home.register().notification_id
    home.post()

    def everything():
        rows = {table.name: home.rows(table) for table in metadata.sorted_tables}
        return rows, {path.name: path.stat().st_mtime_ns for path in mail.iterdir()}

    before = everything()
    token = home.letter(notification_id).token
    parts = ("", "/pane", "/delivery", "/html", "/source")
    paths = [
        "/",
        "/mails?wait=0",
        f"/verify-email?token={token}",
        *(f"/mails/{notification_id}{part}" for part in parts),
    ]
    for path in paths:
        assert client.get(path).status_code == 200
        assert client.head(path).status_code == 200
    assert everything() == before
