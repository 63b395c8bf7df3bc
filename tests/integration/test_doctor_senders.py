"""What `doctor` finds out about senders, and `send-test` sends through them."""

import argparse
from pathlib import Path

import pytest

from identity_service import settings
from identity_service.cli import send_test
from identity_service.cli.doctor.sender import sender
from identity_service.notification.senders import Level
from tests.services.resend import ResendServer


def _given(folder: Path, **more: str) -> dict[str, str]:
    return {
        "IDENTITY_DATA_DIR": str(folder),
        "IDENTITY_SENDER": f"file:{folder}",
        "IDENTITY_FROM": "no-reply@example.org",
        "IDENTITY_PUBLIC_URL": "https://example.org",
        "IDENTITY_EDGE_URL": "https://mail.example.org",
        "IDENTITY_BRAND_NAME": "Acme",
    } | more


def test_every_sender_is_looked_at_by_its_name(resend: ResendServer, tmp_path: Path):
    given = _given(
        tmp_path,
        IDENTITY_SENDERS=f'{{"news": "{resend.url()}", "old": "{resend.url("re_wrong_key")}"}}',
        IDENTITY_FALLBACK_SENDER="smtp://127.0.0.1:9",
    )

    findings = list(sender(settings.load(given)))

    found = [(finding.text.partition(":")[0], finding.level) for finding in findings]
    assert found == [
        ("default", Level.OK),
        ("news", Level.OK),
        ("news", Level.OK),
        ("old", Level.PROBLEM),
        ("(fallback)", Level.PROBLEM),
    ]
    assert all(finding.remedy for finding in findings if finding.level is Level.PROBLEM)


def test_mails_that_speak_for_another_and_lead_nowhere_are_warned_of(resend: ResendServer, tmp_path: Path):
    given = _given(
        tmp_path, IDENTITY_SENDER=resend.url(), IDENTITY_EDGE_URL="http://127.0.0.1:8080", IDENTITY_BRAND_NAME="Example"
    )

    warned = [finding.text for finding in sender(settings.load(given)) if finding.level is Level.WARNING]

    assert warned == ["unsubscribe links would lead to http://127.0.0.1:8080", "mails would speak for Example"]


@pytest.mark.parametrize(("database", "levels"), [("postgresql://db/x", ["ok", "warning"]), ("sqlite:///x.db", ["ok"])])
def test_mails_that_reach_nobody_are_warned_of_where_people_are_served(
    database: str, levels: list[str], tmp_path: Path
):
    found = sender(settings.load(_given(tmp_path, IDENTITY_DATABASE_URL=database)))
    assert [finding.level for finding in found] == levels


def test_a_test_mail_leaves_by_the_sender_that_is_named(
    resend: ResendServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for name, value in _given(tmp_path, IDENTITY_SENDERS=f'{{"news": "{resend.url()}"}}').items():
        monkeypatch.setenv(name, value)
    parser = argparse.ArgumentParser()
    send_test.add_arguments(parser)

    assert send_test.run(parser.parse_args(["ada@example.com", "--sender", "news"])) == 0
    assert send_test.run(parser.parse_args(["ada@example.com", "--sender", "nobody"])) == 1
    assert [mail["to"] for mail in resend.mails] == [["ada@example.com"]]
