"""Which sender a tenant's mails leave by, and what is said about settings that name none."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from identity_service import settings
from identity_service.bootstrap import senders
from identity_service.notification.senders import FailoverSender
from identity_service.notification.senders.console import ConsoleSender
from identity_service.notification.senders.file import FileSender
from identity_service.settings import Settings, SettingsRefused

_NAMES = {"acme": "news", "globex": "", "initech": "gone"}


def _configured(folder: Path, **given: str) -> Settings:
    return settings.load({"IDENTITY_DATA_DIR": str(folder), "IDENTITY_SENDER": f"file:{folder}"} | given)


def test_each_tenant_has_the_sender_that_its_profile_names(tmp_path: Path):
    directory = senders.directory(_configured(tmp_path, IDENTITY_SENDERS='{"news": "console:"}'), _NAMES.__getitem__)

    assert isinstance(directory.of_tenant("acme"), ConsoleSender)
    assert isinstance(directory.of_tenant("globex"), FileSender)


def test_a_name_that_is_not_configured_falls_back_to_the_default_and_is_logged_once(tmp_path: Path):
    directory = senders.directory(_configured(tmp_path), _NAMES.__getitem__)

    with capture_logs() as logs:
        assert directory.of_tenant("initech") is directory.of_tenant("initech") is directory.default

    assert [entry["event"] for entry in logs] == ["sender_unknown"]


def test_a_fallback_stands_behind_every_sender(tmp_path: Path):
    given = {"IDENTITY_SENDERS": '{"news": "console:"}', "IDENTITY_FALLBACK_SENDER": "file:/tmp/spare"}
    directory = senders.directory(_configured(tmp_path, **given), _NAMES.__getitem__)

    assert str(directory.of_tenant("acme")) == "console, or else folder /tmp/spare"
    assert isinstance(directory.default, FailoverSender)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("news=console:", "write a JSON object"),
        ('["console:"]', "write a JSON object"),
        ('{"news": 1}', "write a JSON object"),
        ('{"News": "console:"}', "a name is up to 63"),
        ('{"": "console:"}', "a name is up to 63"),
        ('{"default": "console:"}', "is IDENTITY_SENDER"),
        ('{"news": "smtp://ada:hunter2@"}', "IDENTITY_SENDERS, news: the sender's URL names no usable host"),
        ('{"news": "hunter2"}', "IDENTITY_SENDERS, news: the sender's URL must be one of"),
    ],
)
def test_wrong_senders_are_refused_without_their_passwords(tmp_path: Path, given: str, words: str):
    with pytest.raises(SettingsRefused, match=words) as raised:
        senders.by_name(_configured(tmp_path, IDENTITY_SENDERS=given))

    assert "hunter2" not in str(raised.value)


def test_a_wrong_fallback_is_refused(tmp_path: Path):
    with pytest.raises(SettingsRefused, match="IDENTITY_FALLBACK_SENDER: the sender's URL"):
        senders.fallback(_configured(tmp_path, IDENTITY_FALLBACK_SENDER="carrier-pigeon:"))
