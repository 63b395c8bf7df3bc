"""Keys, health and metrics: what machines ask for."""

import json
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from prometheus_client import CollectorRegistry, Counter
from starlette.testclient import TestClient

from identity_service.storage.database import Database
from identity_service.web import health
from identity_service.web.app import edge_app
from tests.unit.web.edge import in_production


def test_the_published_keys_check_an_access_token(client, home):
    user = home.user()
    token = home.sign_in(user.email).tokens.access_token
    answer = client.get("/.well-known/jwks.json")
    assert answer.headers["content-type"] == "application/jwk-set+json"
    decoded = jwt.decode(token, KeySet.import_key_set(answer.json()), algorithms=["ES256"])
    assert decoded.claims["sub"] == str(user.id)


def test_the_published_keys_hold_nothing_private(client):
    assert all("d" not in key for key in client.get("/.well-known/jwks.json").json()["keys"])


def test_any_site_may_read_the_keys_and_keep_them_for_a_while(client):
    headers = client.get("/.well-known/jwks.json").headers
    assert headers["access-control-allow-origin"] == "*"
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert headers["cache-control"] == "public, max-age=300"


def test_keys_that_the_caller_has_are_not_sent_again(client):
    tag = client.get("/.well-known/jwks.json").headers["etag"]
    again = client.get("/.well-known/jwks.json", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


def test_a_process_whose_database_answers_is_ready(client):
    assert client.get("/readyz").json() == {"status": "ready"}


def test_without_a_database_the_process_lives_but_is_not_ready(parts, tmp_path):
    away = Database(f"sqlite:///{tmp_path}")  # a folder is no database
    client = TestClient(edge_app(in_production(replace(parts, ping=away.ping))))
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["reason"] == "DATABASE_UNAVAILABLE"
    assert client.get("/healthz").status_code == 200


def test_the_process_is_ready_again_when_the_database_is_back(parts, tmp_path):
    in_its_place = tmp_path / "identity.db"
    in_its_place.mkdir()
    database = Database(f"sqlite:///{in_its_place}")
    client = TestClient(edge_app(in_production(replace(parts, ping=database.ping))))
    assert client.get("/readyz").status_code == 503
    in_its_place.rmdir()
    assert client.get("/readyz").status_code == 200
    database.close()


def test_a_check_that_fails_in_an_unforeseen_way_tells_no_more_than_its_kind(parts):
    def ping():
        raise RuntimeError("postgresql://user:secret@host")

    answer = TestClient(edge_app(in_production(replace(parts, ping=ping)))).get("/readyz")
    assert answer.status_code == 503
    assert "RuntimeError" in answer.text
    assert "secret" not in answer.text


def test_a_database_that_does_not_answer_keeps_nobody_waiting(parts, monkeypatch):
    monkeypatch.setattr(health, "PATIENCE_SECONDS", 0.1)
    answered = threading.Event()
    edge = edge_app(in_production(replace(parts, ping=answered.wait)))
    with TestClient(edge) as client:
        answer = client.get("/readyz")
        answered.set()
    assert (answer.status_code, answer.json()["reason"]) == (503, "DATABASE_UNAVAILABLE")


def test_callers_at_the_same_time_share_one_ping(parts):
    pings = []
    slow = replace(parts, ping=lambda: (pings.append(1), time.sleep(0.5)))
    with TestClient(edge_app(in_production(slow))) as client, ThreadPoolExecutor(8) as callers:
        answers = list(callers.map(lambda _: client.get("/readyz").status_code, range(8)))
    assert answers == [200] * 8
    assert len(pings) < 4


def test_a_stopping_server_is_not_ready(parts, client):
    parts.stopping.set()
    assert client.get("/readyz").json()["reason"] == "SERVER_STOPPING"


def test_metrics_are_those_of_the_registry(parts):
    registry = CollectorRegistry()
    Counter("mails", "Mails sent.", registry=registry).inc(3)
    answer = TestClient(edge_app(in_production(replace(parts, registry=registry)))).get("/metrics")
    assert "mails_total 3.0" in answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")


def test_metrics_come_as_openmetrics_to_those_who_ask(parts, client):
    answer = client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert answer.text.endswith("# EOF\n")


_COUNT = """
from prometheus_client import Counter
Counter("mails", "Mails sent.").inc({count})
"""


def test_metrics_of_several_processes_are_added_up(parts, tmp_path):
    folder = tmp_path / "metrics"
    folder.mkdir()
    for count in (2, 3):
        code, environment = _COUNT.format(count=count), {"PROMETHEUS_MULTIPROC_DIR": str(folder)}
        subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    answer = TestClient(edge_app(in_production(replace(parts, metrics_folder=folder)))).get("/metrics")
    assert "mails_total 5.0" in answer.text


@pytest.mark.parametrize("path", ["/", "/mails", "/verify-email?token=x"])
def test_in_production_there_are_no_pages_of_development(parts, path):
    assert TestClient(edge_app(in_production(parts))).get(path).status_code == 404


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/.well-known/jwks.json"])
def test_in_production_a_probe_may_use_any_host_name(parts, path):
    client = TestClient(edge_app(in_production(parts)), base_url="http://10.1.2.3:8080")
    assert client.get(path).status_code == 200


def test_no_answer_is_json_that_a_browser_takes_for_a_page(client):
    answer = client.get("/readyz")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert json.loads(answer.text)
