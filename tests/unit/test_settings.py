"""Settings: where they come from, and what is refused with which words."""

import os
from pathlib import Path

import pytest

from identity_service import bootstrap, secret_keys, settings
from identity_service.clock import utc_now
from identity_service.identity.limits import Limits, Rule
from identity_service.settings import SettingsRefused

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No variable and no `.env` but those of the test."""
    for name in [name for name in os.environ if name.startswith("IDENTITY_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_any_setting_there_are_defaults():
    loaded = settings.load()
    assert (loaded.grpc_address, loaded.rate_limits, loaded.broker_url.get_secret_value()) == (
        "127.0.0.1:50051",
        "on",
        "embedded",
    )
    assert loaded.resolved_database_url == "sqlite:///.identity/identity.db"


def test_a_variable_sets_its_setting(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("IDENTITY_GRPC_PROCESSES", "3")
    monkeypatch.setenv("IDENTITY_FROM", "Ada <ada@example.com>")
    assert (settings.load().grpc_processes, settings.load().from_) == (3, "Ada <ada@example.com>")


def test_a_file_beside_the_process_is_read(alone: Path):
    (alone / ".env").write_text("# a comment\nIDENTITY_BRAND_NAME='Good Bank'\nOTHER=ignored\nIDENTITY_LIMITS_URL=\n")
    assert settings.load().brand_name == "Good Bank"


def test_a_variable_wins_over_the_file_and_an_argument_over_both(alone: Path, monkeypatch: pytest.MonkeyPatch):
    (alone / ".env").write_text("IDENTITY_BRAND_NAME=File\nIDENTITY_LOG_LEVEL=error\n")
    monkeypatch.setenv("IDENTITY_BRAND_NAME", "Variable")
    assert (settings.load().brand_name, settings.load().log_level) == ("Variable", "error")
    assert settings.load({"IDENTITY_BRAND_NAME": "Argument"}).brand_name == "Argument"


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("IDENTITY_DATABSE_URL", "IDENTITY_DATABASE_URL"),
        ("IDENTITY_SENDRE", "IDENTITY_SENDER"),
        ("IDENTITY_RATE_LIMIT", "IDENTITY_RATE_LIMITS"),
        ("IDENTITY_RETRIES_HIGH", "IDENTITY_RETRY_HIGH"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_one(wrong: str, right: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(wrong, "x")
    with pytest.raises(SettingsRefused, match=rf"There is no setting {wrong}\. Did you mean {right}\?"):
        settings.load()


def test_an_unknown_name_in_the_file_is_refused(alone: Path):
    (alone / ".env").write_text("IDENTITY_SECRET_KEY=x\n")
    with pytest.raises(SettingsRefused, match="Did you mean IDENTITY_SECRET_KEYS"):
        settings.load()


def test_a_name_like_no_other_points_to_the_list(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("IDENTITY_ZZZZZZZZZZZZZZZZZZZZZZZZZZ", "x")
    with pytest.raises(SettingsRefused, match="`identity-service settings` lists them all"):
        settings.load()


def test_names_of_the_test_suite_are_let_through(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("IDENTITY_TEST_POSTGRES_URL", "postgresql://somewhere")
    assert settings.load()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("IDENTITY_RATE_LIMITS", "maybe"),
        ("IDENTITY_GRPC_PROCESSES", "0"),
        ("IDENTITY_GRPC_THREADS", "many"),
        ("IDENTITY_GRPC_DRAIN_SECONDS", "-1"),
        ("IDENTITY_LOG_FORMAT", "xml"),
        ("IDENTITY_HIDE_TAKEN_ADDRESSES", "perhaps"),
    ],
)
def test_a_wrong_value_is_refused_and_names_its_setting(name: str, value: str):
    with pytest.raises(SettingsRefused, match=f"^{name}: "):
        settings.load({name: value})


def test_several_wrong_values_are_all_named():
    with pytest.raises(SettingsRefused) as refused:
        settings.load({"IDENTITY_LOG_FORMAT": "xml", "IDENTITY_WORKER_THREADS": "0"})
    assert [line.partition(":")[0] for line in str(refused.value).splitlines()] == [
        "IDENTITY_WORKER_THREADS",
        "IDENTITY_LOG_FORMAT",
    ]


def build_all(values: dict[str, str]) -> None:
    core = bootstrap.build_core(settings.load(values), utc_now)
    bootstrap.build_journeys(core)
    bootstrap.build_mailroom(core)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("IDENTITY_DATABASE_URL", "nonsense"),
        ("IDENTITY_DATABASE_URL", "mysql://user:hunter2hunter2@host/name"),
        ("IDENTITY_DATABASE_URL", "postgresql://user:p@hunter2@host/name"),
        ("IDENTITY_DATABASE_URL", "postgresql://user:p@ss:hunter2@host/name"),
        ("IDENTITY_BROKER_URL", "redis://:hunter2/word@host"),
        ("IDENTITY_LIMITS_URL", "redis://:hunter2#word@host"),
        ("IDENTITY_BROKER_URL", "amqp://user:hunter2hunter2@host"),
        ("IDENTITY_SENDER", "smpt://user:hunter2hunter2@host"),
        ("IDENTITY_SECRET_KEYS", "k1:hunter2hunter2"),
        ("IDENTITY_RETRY_HIGH", "2,soon"),
        ("IDENTITY_RETRY_OTHERS", ""),
        ("IDENTITY_FROM", "not an address"),
        ("IDENTITY_USER_TYPES", " , "),
        ("IDENTITY_LIMIT_SIGN_IN", "often"),
        ("IDENTITY_LIMITS_URL", "http://host"),
    ],
)
def test_a_value_that_nothing_can_be_built_from_is_refused_and_quotes_no_password(name: str, value: str):
    values = {"IDENTITY_SECRET_KEYS": secret_keys.generate(), "IDENTITY_DATABASE_URL": "sqlite://"} | {name: value}
    with pytest.raises(SettingsRefused) as refused:
        build_all(values)
    said = str(refused.value)
    assert name in said or ("IDENTITY_LIMIT_" in said and name.removeprefix("IDENTITY_LIMIT_").lower() in said)
    assert "hunter2" not in said


def test_secrets_do_not_show():
    values = {
        "IDENTITY_SECRET_KEYS": "k1:do-not-show",
        "IDENTITY_DATABASE_URL": "postgresql://u:do-not-show@host/db",
        "IDENTITY_BROKER_URL": "redis://:do-not-show@host",
        "IDENTITY_LIMITS_URL": "redis://:do-not-show@host/1",
        "IDENTITY_SENDER": "smtp://u:do-not-show@host",
    }
    loaded = settings.load(values)
    assert "do-not-show" not in repr(loaded) + str(loaded)


def test_the_table_names_every_setting_once_with_a_meaning():
    rows = settings.table().splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == settings.names()
    assert all(row.rstrip(" |").rpartition("|")[2].strip().endswith((".", ")")) for row in rows)


def test_a_setting_can_not_be_changed_later():
    with pytest.raises(ValueError, match="frozen"):
        settings.load().brand_name = "Other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("IDENTITY_PASSWORD_MEMORY_KIB", "7167", "greater than or equal to 7168"),
        ("IDENTITY_PASSWORD_MEMORY_KIB", "262145", "less than or equal to 262144"),
        ("IDENTITY_PASSWORD_PASSES", "1", "cheaper to guess than OWASP advises"),
        ("IDENTITY_PASSWORD_PASSES", "64", "memory of Argon2"),
        ("IDENTITY_PASSWORD_LANES", "17", "less than or equal to 16"),
        ("IDENTITY_PASSWORD_IMPORTED_LIKE", "md5$salt$5f4dcc", "scheme is not known"),
        ("IDENTITY_BREACHED_PASSWORDS_URL", "pwned.example", "range API"),
    ],
)
def test_what_cannot_be_hashed_or_asked_is_refused_before_anybody_is_served(name: str, value: str, words: str):
    given = {"IDENTITY_SECRET_KEYS": secret_keys.generate(), "IDENTITY_PASSWORD_LANES": "1", name: value}
    with pytest.raises(SettingsRefused, match=words) as refusal:
        bootstrap.build_journeys(bootstrap.build_core(settings.load(given), utc_now))
    assert "IDENTITY_" in str(refusal.value)


def test_the_rates_of_the_settings_are_those_that_hold_where_nothing_is_set():
    given = {name.removeprefix("limit_"): info.default for name, info in settings.Settings.model_fields.items()}
    assert Limits().changed({rule: given[rule] for rule in Rule}) == Limits()
