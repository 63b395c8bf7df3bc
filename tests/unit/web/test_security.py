"""What holds for every answer, and who is let in."""

import re

import pytest
from starlette.testclient import TestClient

from identity_service.web.app import edge_app
from identity_service.web.hosts import host_name
from tests.unit.web.edge import capture, parts_of

EVERYWHERE = [
    "/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/mails?wait=0",
    "/verify-email?token=x",
    "/verify-email",
    "/nothing",
]


@pytest.mark.parametrize("path", EVERYWHERE)
def test_every_answer_has_the_security_headers(client, path):
    headers = client.get(path).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "no-store"


def test_an_answer_of_the_error_handler_has_them_too(parts, mail, monkeypatch):
    monkeypatch.setattr(type(parts.development.mailbox), "summaries", lambda self: 1 / 0)
    capture(mail)
    client = TestClient(edge_app(parts), base_url="http://localhost", raise_server_exceptions=False)
    answer = client.get("/")
    assert answer.status_code == 500
    assert answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8080", "127.0.0.1", "localhost:9999", "[::1]:8080", "LOCALHOST", "127.8.9.1"]
)
def test_names_of_loopback_are_let_in(client, host):
    assert client.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "attacker.example",
        "attacker.example:8080",
        "127.0.0.1.attacker.example",
        "localhost.attacker.example",
        "localhost@attacker.example",
        "192.0.2.7",
        "0.0.0.0:8080",
        "[::ffff:192.0.2.7]",
        "",
    ],
)
def test_other_names_are_refused_against_rebinding(client, mail, host):
    capture(mail, subject="The code is in here")
    for path in ("/", "/mails?wait=0", "/metrics"):
        answer = client.get(path, headers={"Host": host})
        assert answer.status_code == 421
        assert "The code" not in answer.text


def test_the_configured_name_is_let_in(home, mail):
    client = TestClient(edge_app(parts_of(home, mail, "identity.test:8080")))
    assert client.get("/", headers={"Host": "identity.test:8080"}).status_code == 200
    assert client.get("/", headers={"Host": "other.test:8080"}).status_code == 421


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Example.com:80", "example.com"),
        ("[::1]:80", "::1"),
        ("[::1]", "::1"),
        ("a:b", "a:b"),
        ("localhost", "localhost"),
    ],
)
def test_the_port_of_a_host_does_not_count(text, name):
    assert host_name(text) == name


def test_pages_hold_no_inline_script_or_style_and_nothing_from_elsewhere(client, mail):
    capture(mail, html="<p>Hello</p>")
    for path in ("/", "/verify-email?token=x", "/nothing"):
        page = client.get(path).text
        assert not re.search(r"<script(?![^>]*\ssrc=\"/assets/)|\son[a-z]+=|\sstyle=|javascript:", page)
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page)


def test_assets_are_asked_for_again_and_not_sent_again(client):
    script = client.get("/assets/mailbox.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert script.headers["cache-control"] == "no-cache"
    again = client.get("/assets/mailbox.js", headers={"If-None-Match": script.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("name", ["secret.txt", "..%2ftemplates%2fmailbox.html", "__init__.py"])
def test_only_the_known_assets_are_served(client, name):
    assert client.get(f"/assets/{name}").status_code == 404


@pytest.mark.parametrize("path", ["/", "/mails", "/healthz", "/metrics", "/.well-known/jwks.json"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_what_only_reads_takes_no_other_method(client, path, method):
    assert client.request(method, path).status_code == 405
