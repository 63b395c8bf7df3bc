"""Asking whether a password is known, of a real HTTP server; and going on without it."""

import hashlib
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from identity_service.identity.passwords import NoBreachedPasswords, pwned
from identity_service.identity.passwords.pwned import PwnedPasswords
from tests.rpc.certificates import Authority
from tests.services.places import free_port
from tests.services.pwned import PwnedServer, pwned_server

KNOWN, FRESH = "correct horse battery staple", "fjord-quilt-ember-42"
ENDLESS = f"{'0' * 60}:3\r\n" * 10_000  # 64 bytes each: it is cut between two lines, so that only its length is wrong


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a busy machine is no outage."""
    monkeypatch.setattr(pwned, "_TIMEOUT", 30)


@pytest.fixture
def server() -> Iterator[PwnedServer]:
    with pwned_server() as running:
        running.knows(KNOWN)
        yield running


def test_a_breached_password_is_known_and_another_is_not(server: PwnedServer):
    passwords = PwnedPasswords(server.url)
    assert passwords.contains(KNOWN)
    assert not passwords.contains(FRESH)
    assert not NoBreachedPasswords().contains(KNOWN)


def test_only_five_digits_of_the_hash_are_sent_and_padding_is_asked_for(server: PwnedServer):
    PwnedPasswords(f"{server.url}/").contains(KNOWN)
    [(path, headers)] = server.asked
    assert path == f"/range/{hashlib.sha1(KNOWN.encode()).hexdigest()[:5].upper()}"
    assert headers["Add-Padding"] == "true"


def test_padding_is_no_finding(server: PwnedServer):
    server.knows(FRESH, times=0)
    assert not PwnedPasswords(server.url).contains(FRESH)


def test_another_form_of_the_same_letters_is_the_same_password(server: PwnedServer):
    server.knows("Zoë-quilt-ember-42")
    assert PwnedPasswords(server.url).contains("Zoe\u0308-quilt-ember-42")


@pytest.mark.parametrize("fault", ["status", "garbage", "endless", "nobody"])
def test_a_service_that_does_not_answer_right_accepts_the_password_and_is_logged(server: PwnedServer, fault: str):
    url = server.url if fault != "nobody" else f"http://127.0.0.1:{free_port()}/range"
    server.status = 503 if fault == "status" else 200
    server.garbage = {"garbage": "<html>not a list</html>", "endless": ENDLESS}.get(fault, "")
    with capture_logs() as logs:
        assert not PwnedPasswords(url).contains(KNOWN)
    assert [entry["event"] for entry in logs] == ["breached_passwords_unchecked"]
    assert KNOWN not in str(logs)


def test_a_service_that_answers_byte_by_byte_is_not_waited_for(server: PwnedServer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pwned, "_TIMEOUT", 1)
    server.pause = 0.2  # the whole answer would take a quarter of a minute
    with capture_logs() as logs:
        assert not PwnedPasswords(server.url).contains(KNOWN)
    assert [entry["error"] for entry in logs] == ["ReadTimeoutError"]


def test_an_answer_that_is_cut_off_is_no_answer(server: PwnedServer):
    server.kept_back = 1
    with capture_logs() as logs:
        assert not PwnedPasswords(server.url).contains(FRESH)
    assert [entry["error"] for entry in logs] == ["ProtocolError"]


def test_a_redirect_is_a_failure_and_is_not_followed(server: PwnedServer):
    server.status, server.location = 302, f"{server.url}/elsewhere"
    with capture_logs() as logs:
        assert not PwnedPasswords(server.url).contains(KNOWN)
    assert [entry["event"] for entry in logs] == ["breached_passwords_unchecked"]
    assert len(server.asked) == 1


def test_only_who_has_a_certificate_of_a_trusted_authority_is_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    authority = Authority(tmp_path, "authority")
    pair = authority.issue("server")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.private_key)
    with pwned_server(context) as server:
        server.knows(KNOWN)
        assert not PwnedPasswords(server.url).contains(KNOWN)
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
        assert PwnedPasswords(server.url).contains(KNOWN)


def test_no_proxy_of_the_surroundings_is_asked(server: PwnedServer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("no_proxy", "")
    assert PwnedPasswords(server.url).contains(KNOWN)


def test_no_connection_is_kept_that_may_die_unnoticed(server: PwnedServer):
    PwnedPasswords(server.url).contains(KNOWN)
    [(_, headers)] = server.asked
    assert headers["Connection"] == "close"


def test_an_outage_is_met_once_in_half_a_minute(server: PwnedServer):
    moment = [100.0]
    passwords = PwnedPasswords(server.url, now=lambda: moment[0])
    server.status = 503
    assert not any(passwords.contains(KNOWN) for _ in range(3))
    moment[0] += 29.9
    assert not passwords.contains(KNOWN)
    assert len(server.asked) == 1
    server.status = 200
    moment[0] += 0.1
    assert passwords.contains(KNOWN)
    assert passwords.contains(KNOWN)


def test_one_call_tries_after_an_outage_while_the_others_go_without(server: PwnedServer):
    moment = [100.0]
    passwords = PwnedPasswords(server.url, now=lambda: moment[0])
    server.status = 503
    passwords.contains(KNOWN)
    moment[0] += 30
    for _ in range(4):
        passwords.contains(KNOWN)
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    "url",
    [
        "api.pwnedpasswords.com",
        "ftp://example.com/range",
        "https://",
        "https://a/range?x=1",
        "https://a:b/range",
        "https://a:b@c/range",
    ],
)
def test_what_is_no_url_of_a_range_api_is_refused(url: str):
    with pytest.raises(ValueError, match="range API"):
        PwnedPasswords(url)
