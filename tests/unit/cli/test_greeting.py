"""What `dev` tells people to try can be tried where they are."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from identity_service.bootstrap import senders
from identity_service.cli.greeting import greeting
from identity_service.settings import Settings

Configure = Callable[..., Settings]


@pytest.fixture
def said(configure: Configure) -> Callable[[], str]:
    configuration = configure()
    return lambda: greeting(configuration, senders.by_name(configuration)["default"])


def put_buf(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "buf").touch(mode=0o755)


def test_buf_beside_the_interpreter_is_called_by_its_path(
    said: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PATH", str(tmp_path))
    put_buf(tmp_path / ".venv/bin")
    monkeypatch.setattr(sys, "executable", str(tmp_path / ".venv/bin/python"))
    assert "    .venv/bin/buf curl --protocol grpc" in said()


def test_buf_on_the_path_is_called_by_its_name(
    said: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    put_buf(tmp_path / "tools")
    monkeypatch.setenv("PATH", str(tmp_path / "tools"))
    assert "    buf curl --protocol grpc" in said()


def test_without_buf_there_is_grpcurl(said: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert "buf" not in said()
    assert "    grpcurl -plaintext 127.0.0.1:50051 list\n    grpcurl -plaintext" in said()
