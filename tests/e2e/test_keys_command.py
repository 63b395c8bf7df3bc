"""`identity-service keys`: what an operator does before the first backend can call."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from identity_service import secret_keys
from identity_service.cli import doctor, main

KEY = re.compile(r"idsk_[0-9A-Za-z]{49}")
Keys = Callable[..., int]


@pytest.fixture
def keys(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Keys:
    """Runs `identity-service keys …`: its exit code."""
    for name, value in {"DATABASE_URL": sqlite_url, "SECRET_KEYS": secret_keys.generate()}.items():
        monkeypatch.setenv(f"IDENTITY_{name}", value)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("identity_service.cli.keys.configure_logging", lambda _: None)  # it would last for all tests
    return lambda *arguments: main(["keys", *arguments])


def make(keys: Keys, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    """A key's id."""
    assert keys("create", "--name", "checkout", "--scopes", "users:read", "--expires", "90d", *more) == 0
    said = capsys.readouterr()
    assert KEY.fullmatch(said.out.strip()), "the key alone is the answer"
    return said.err.split()[0]


def test_a_key_is_printed_once_and_listed_without_it(keys: Keys, capsys: pytest.CaptureFixture[str]):
    key_id = make(keys, capsys)
    assert keys("list") == 0
    listed = capsys.readouterr().out
    assert key_id in listed
    assert "checkout  users:read  expires 20" in listed
    assert not KEY.search(listed)


def test_the_scopes_are_listed_with_what_they_open(keys: Keys, capsys: pytest.CaptureFixture[str]):
    assert keys("scopes") == 0
    assert re.search(r"^keys:read +GetApiKey, ListApiKeys$", capsys.readouterr().out, re.MULTILINE)


def test_all_scopes_are_those_that_the_tenant_may_hold(keys: Keys, capsys: pytest.CaptureFixture[str]):
    assert keys("create", "--name", "console", "--scopes", "all", "--expires", "never") == 0
    assert "sessions:write" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--scopes", "users:admire"], "There is no scope users:admire for a key of this tenant. "),
        (["--scopes", ","], "may have these scopes: "),
        (["--tenant", "nobody"], "There is no such tenant."),
        (["--tenant", "nobody", "--scopes", "tenants:read"], "may have these scopes: "),
    ],
)
def test_what_cannot_be_made_is_refused_in_a_sentence(
    arguments: list[str], why: str, keys: Keys, capsys: pytest.CaptureFixture[str]
):
    given = ["--name", "checkout", "--scopes", "users:read", "--expires", "90d", *arguments]
    assert keys("create", *given) == 1
    assert why in capsys.readouterr().err


@pytest.mark.parametrize("wrong", [["--expires", "soon"], ["--expires", "0d"], ["--name", ""], ["--name", "a\nb"]])
def test_arguments_that_are_wrong_are_named(wrong: list[str], keys: Keys, capsys: pytest.CaptureFixture[str]):
    given = ["--name", "checkout", "--scopes", "users:read", "--expires", "90d", *wrong]
    with pytest.raises(SystemExit) as ended:
        keys("create", *given)
    assert (ended.value.code, f"argument {wrong[0]}:" in capsys.readouterr().err) == (2, True)


def test_a_key_is_rotated_and_revoked(keys: Keys, capsys: pytest.CaptureFixture[str]):
    key_id = make(keys, capsys)
    assert keys("rotate", key_id, "--overlap", "1h") == 0
    assert KEY.fullmatch(capsys.readouterr().out.strip())
    assert keys("revoke", key_id) == 0
    assert "REVOKED" in capsys.readouterr().out
    assert keys("rotate", key_id) == 1
    assert "revoked, expired, or was rotated" in capsys.readouterr().err


def test_the_doctor_minds_that_nobody_could_call(
    keys: Keys, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(doctor, "configure_logging", lambda _: None)  # it would last for all tests of this process
    main(["doctor"])
    assert "no API key works: `serve` lets nobody in" in capsys.readouterr().out
    make(keys, capsys)
    main(["doctor"])
    assert "API keys that work: 1" in capsys.readouterr().out


def test_who_has_no_key_is_told_so(keys: Keys, capsys: pytest.CaptureFixture[str]):
    assert keys("list") == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "There is none that works; --all lists the others, too.\n")


def test_a_database_that_takes_no_writes_is_named_with_what_to_do(
    keys: Keys, sqlite_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    read_only = f"sqlite:///file:{sqlite_url.removeprefix('sqlite:///')}?mode=ro&uri=true"
    monkeypatch.setenv("IDENTITY_DATABASE_URL", read_only)
    assert keys("create", "--name", "checkout", "--scopes", "users:read", "--expires", "90d") == 69
    words = "the database cannot be used: attempt to write a readonly database\n→ make the file writable"
    assert words in capsys.readouterr().err


def test_a_key_that_cannot_be_made_leaves_standard_output_empty(tmp_path: Path):
    """So that a script takes no log line for the key: those are on standard error, as for every command."""
    away = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing", "SECRET_KEYS": secret_keys.generate()}
    environment = os.environ | {f"IDENTITY_{name}": value for name, value in away.items()}
    command = [sys.executable, "-m", "identity_service", "keys", "create", "--name", "a", "--scopes", "all"]
    made = subprocess.run([*command, "--expires", "1d"], capture_output=True, text=True, env=environment, cwd=tmp_path)
    assert (made.returncode, made.stdout) == (69, "")
    assert "database_unavailable " in made.stderr
    assert "\nidentity-service: the database cannot be used: " in made.stderr


def test_the_help_shows_an_example(keys: Keys, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        keys("--help")
    assert "identity-service keys create --name checkout" in capsys.readouterr().out
