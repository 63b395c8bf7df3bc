"""What `doctor` finds out about senders, and `send-test` sends through them."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import pytest

from identity_service import settings
from identity_service.cli import send_test
from identity_service.cli.doctor.sender import sender
from identity_service.notification.senders import Level
from tests.services.resend import ResendServer


@pytest.fixture
def resend() -> Iterator[ResendServer]:
    with ResendServer() as running:
        yield running


def _given(folder: Path, **more: str) -> dict[str, str]:
    return {
        "IDENTITY_DATA_DIR": str(folder),
        "IDENTITY_SENDER": f"file:{folder}",
        "IDENTITY_FROM": "no-reply@example.org",
        "IDENTITY_PUBLIC_URL": "https://example.org",
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
