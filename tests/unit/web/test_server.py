"""The server around the edge: where it listens, how it starts and how it ends."""

import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace

import httpx2
import pytest
from structlog.testing import capture_logs

from identity_service.web import server as web_server
from identity_service.web.app import edge_app
from identity_service.web.server import HttpAddressRefused, HttpServer, listen


@pytest.fixture
def server(parts):
    server = HttpServer(edge_app(parts), "127.0.0.1:0", parts.stopping)
    server.start()
    yield server
    assert server.stop(5)


def url(server, path):
    return f"http://127.0.0.1:{server.port}{path}"


def test_it_answers_as_soon_as_it_has_started(server):
    assert httpx2.get(url(server, "/healthz")).text == "ok\n"


def test_it_does_not_say_what_it_is(server):
    assert "server" not in httpx2.get(url(server, "/healthz")).headers


def test_an_address_in_use_is_refused_with_the_setting_to_change(server, parts):
    second = HttpServer(edge_app(parts), f"127.0.0.1:{server.port}", threading.Event())
    with pytest.raises(HttpAddressRefused, match=f"127.0.0.1:{server.port} is in use; set IDENTITY_HTTP_ADDRESS"):
        second.start()


@pytest.mark.parametrize(
    "address", ["8080", "127.0.0.1", "127.0.0.1:", ":8080", "127.0.0.1:http", "127.0.0.1:70000", "unix:/x"]
)
def test_what_is_no_address_is_refused(address):
    with pytest.raises(HttpAddressRefused, match="is no address to listen at"):
        listen(address)


def test_an_address_of_another_machine_is_refused():
    with pytest.raises(HttpAddressRefused, match=r"cannot listen at 203.0.113.1:8080: .*; set IDENTITY_HTTP_ADDRESS"):
        listen("203.0.113.1:8080")


@pytest.mark.parametrize(("address", "warned"), [("0.0.0.0:0", True), ("127.0.0.1:0", False)])
def test_it_warns_of_an_address_that_others_can_reach(parts, address, warned):
    with capture_logs() as logs:
        server = HttpServer(edge_app(parts), address, parts.stopping)
        server.start()
        assert server.stop(5)
    warning = {"event": "http.plaintext_beyond_loopback", "address": address, "log_level": "warning"}
    assert (warning in logs) is warned


def test_the_loopback_of_version_6_may_be_used(parts):
    try:
        server = HttpServer(edge_app(parts), "[::1]:0", parts.stopping)
        server.start()
    except HttpAddressRefused:
        pytest.skip("this machine has no IPv6")
    assert httpx2.get(f"http://[::1]:{server.port}/").status_code == 200
    assert server.stop(5)


def test_it_answers_for_a_while_after_it_has_said_that_it_is_not_ready(server, monkeypatch):
    answers, delays = [], []

    def sleep(seconds):
        delays.append(seconds)
        answers.extend(httpx2.get(url(server, path)).status_code for path in ("/readyz", "/healthz"))

    monkeypatch.setattr(web_server, "time", SimpleNamespace(sleep=sleep))
    assert server.stop(5, delay_seconds=60)
    assert (delays, answers) == ([60], [503, 200])


def test_pages_that_wait_and_connections_that_idle_do_not_hold_up_the_end(parts, joined):
    server = HttpServer(edge_app(parts), "127.0.0.1:0", parts.stopping, grace_seconds=60)
    server.start()
    with httpx2.Client() as idle, socket.create_connection(("127.0.0.1", server.port)):
        idle.get(url(server, "/healthz"))
        after = idle.get(url(server, "/mails?after=none")).text.partition('data-version="')[2].partition('"')[0]
        with ThreadPoolExecutor(5) as callers:
            pages = [callers.submit(httpx2.get, url(server, f"/mails?after={after}"), timeout=60) for _ in range(5)]
            assert all(joined.acquire(timeout=30) for _ in pages)
            assert server.stop(15)
            assert [page.result(15).status_code for page in pages] == [204] * 5


def test_a_request_that_does_not_end_is_cut_off(parts):
    asked, released = threading.Event(), threading.Event()
    stuck = replace(parts, ping=lambda: (asked.set(), released.wait(60)))
    server = HttpServer(edge_app(stuck), "127.0.0.1:0", stuck.stopping, grace_seconds=0.3)
    server.start()
    with ThreadPoolExecutor(1) as callers:
        answer = callers.submit(httpx2.get, url(server, "/readyz"), timeout=60)
        assert asked.wait(10)
        assert server.stop(15)
        released.set()
        assert answer.result().status_code == 500


@pytest.mark.parametrize("beginning", [b"", b"GET /healthz HTTP/1.1\r\nHost: x\r\n", b"POST /unsubscribe HTTP/1.1\r\n"])
def test_a_request_that_does_not_arrive_is_not_waited_for(parts, beginning):
    server = HttpServer(edge_app(parts), "127.0.0.1:0", parts.stopping, request_seconds=0.3)
    server.start()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as silent:
        silent.sendall(beginning)
        assert silent.recv(1) == b""
    assert server.stop(5)


def test_a_body_that_does_not_arrive_is_not_waited_for(parts):
    async def read(_scope, receive, _send):
        while (await receive())["type"] != "http.disconnect":
            pass

    server = HttpServer(read, "127.0.0.1:0", parts.stopping, request_seconds=0.3)
    server.start()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as slow:
        slow.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345")
        assert slow.recv(1) == b""
    assert server.stop(5)


def test_an_answer_may_take_longer_than_its_request(parts):
    waiting = replace(parts, ping=lambda: time.sleep(0.9))
    server = HttpServer(edge_app(waiting), "127.0.0.1:0", waiting.stopping, request_seconds=0.7)
    server.start()
    with httpx2.Client() as client:
        assert [client.get(url(server, "/readyz")).status_code for _ in range(2)] == [200, 200]
    assert server.stop(5)


def test_after_its_end_nobody_listens(server):
    assert server.stop(5)
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(url(server, "/healthz"))


def test_to_stop_what_never_started_is_no_error(parts):
    assert HttpServer(edge_app(parts), "127.0.0.1:0", parts.stopping).stop(1)


BEFORE = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}


def test_it_leaves_signals_to_the_process(server):
    """Given a running server, then the handlers from before it are still in place."""
    httpx2.get(url(server, "/healthz"))
    assert {number: signal.getsignal(number) for number in BEFORE} == BEFORE
