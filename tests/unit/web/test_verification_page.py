"""The page behind the link of a verification mail."""

import pytest

from identity_service.storage.tables import audit_events, users
from identity_service.web.same_origin import comes_from_here
from tests.unit.web.edge import without_database

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def token(home):
    return home.letter(home.register("ada@example.com").notification_id).token


def fields(client, token):
    """What the form of the page sends."""
    page = client.get(f"/verify-email?token={token}").text
    request_id = page.partition('name="request_id" value="')[2].partition('"')[0]
    return {"token": token, "request_id": request_id}


def test_opening_the_link_verifies_nothing_however_often(client, home, token):
    for _ in range(3):
        assert client.get(f"/verify-email?token={token}").status_code == 200
        assert client.head(f"/verify-email?token={token}").status_code == 200
    assert home.rows(users) == []


def test_the_button_verifies_and_the_page_says_who(client, home, token):
    answer = client.post("/verify-email", data=fields(client, token), headers=SAME_ORIGIN)
    assert answer.status_code == 200
    assert '<b dir="auto">ada@example.com</b> is confirmed' in answer.text
    assert [row["email"] for row in home.rows(users)] == ["ada@example.com"]


def test_pressing_twice_or_reloading_shows_the_same_result(client, token):
    form = fields(client, token)
    first = client.post("/verify-email", data=form, headers=SAME_ORIGIN)
    again = client.post("/verify-email", data=form, headers=SAME_ORIGIN)
    assert again.status_code == 200
    assert again.text == first.text


def test_a_used_link_is_refused_clearly(client, token):
    client.post("/verify-email", data=fields(client, token), headers=SAME_ORIGIN)
    answer = client.post("/verify-email", data=fields(client, token), headers=SAME_ORIGIN)
    assert answer.status_code == 400
    assert "This link is not valid" in answer.text
    assert "PROOF_INVALID" in answer.text


@pytest.mark.parametrize("wrong", ["A" * 64, "x", "\0", "<script>alert(1)</script>", "%FF", "ü" * 64])
def test_a_wrong_token_is_refused_like_a_used_one(client, home, wrong):
    answer = client.post("/verify-email", data={"token": wrong, "request_id": "no id"}, headers=SAME_ORIGIN)
    assert answer.status_code == 400
    assert "PROOF_INVALID" in answer.text
    assert "<script>alert" not in answer.text
    assert home.rows(users) == []


def test_the_token_is_escaped_in_the_form(client):
    page = client.get("/verify-email", params={"token": '"><script>alert(1)</script>'}).text
    assert "<script>" not in page
    assert "&#34;&gt;&lt;script&gt;" in page


def test_a_link_without_its_token_says_so(client):
    answer = client.get("/verify-email")
    assert answer.status_code == 400
    assert "This link is not complete" in answer.text


@pytest.mark.parametrize("body", [b"", b"token", b"x" * 100_000, b"\xff\xfe", b"token=a&token=b"])
def test_a_form_that_is_not_ours_is_refused(client, body):
    assert client.post("/verify-email", content=body, headers=SAME_ORIGIN).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1:8080"},
        {"Origin": "https://attacker.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
    ],
)
def test_another_site_cannot_press_the_button(client, home, token, headers):
    answer = client.post("/verify-email", data={"token": token}, headers=headers)
    assert answer.status_code == 403
    assert home.rows(users) == []


@pytest.mark.parametrize("headers", [SAME_ORIGIN, {"Origin": "http://127.0.0.1:8080"}, {}])
def test_our_own_page_and_what_is_no_browser_may(client, token, headers):
    assert client.post("/verify-email", data={"token": token}, headers=headers).status_code == 200


def test_the_origin_must_be_that_of_the_host():
    assert comes_from_here({"origin": "http://localhost:8080", "host": "localhost:8080"})
    assert not comes_from_here({"origin": "http://localhost:8080", "host": "127.0.0.1:8080"})
    assert not comes_from_here({"origin": "http://localhost:8080"})


def test_without_a_database_the_page_says_so_and_the_link_stays_good(client, home, token):
    with without_database(home):
        answer = client.post("/verify-email", data={"token": token}, headers=SAME_ORIGIN)
    assert answer.status_code == 503
    assert "Not available at the moment" in answer.text
    assert client.post("/verify-email", data={"token": token}, headers=SAME_ORIGIN).status_code == 200


def test_the_audit_trail_knows_who_pressed(client, home, token):
    client.post("/verify-email", data={"token": token}, headers={**SAME_ORIGIN, "User-Agent": "Browser " * 500})
    event = next(row for row in home.rows(audit_events) if row["event"] == "email.verified")
    assert event["actor"] == "verification-page"
    assert len(event["user_agent"]) <= 1024
