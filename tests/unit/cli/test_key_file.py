"""The key that `dev` makes for itself."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from identity_service.cli.key_file import NAME, kept_key
from identity_service.secret_keys import KeyRing
from identity_service.settings import SettingsRefused


def test_a_key_is_made_once_and_kept_for_the_owner_alone(tmp_path: Path):
    key = kept_key(tmp_path)
    assert len(KeyRing.parse(key)) == 1
    assert kept_key(tmp_path) == key
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


def test_those_who_start_at_once_share_one_key(tmp_path: Path):
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(kept_key, [tmp_path] * 8))
    assert len(keys) == 1
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


@pytest.mark.parametrize(("content", "reason"), [("", "it is empty"), ("k1:short", "entry 1"), ("\xff", "ascii")])
def test_a_file_without_a_key_is_named_and_left_alone(content: str, reason: str, tmp_path: Path):
    (tmp_path / NAME).write_text(content, "latin-1")
    with pytest.raises(SettingsRefused, match=reason) as refused:
        kept_key(tmp_path)
    assert str(tmp_path / NAME) in str(refused.value)
    assert (tmp_path / NAME).read_text("latin-1") == content


def test_a_file_that_can_not_be_read_is_named(tmp_path: Path):
    (tmp_path / NAME).mkdir()
    with pytest.raises(SettingsRefused, match=f"{NAME} cannot be used: Is a directory"):
        kept_key(tmp_path)
