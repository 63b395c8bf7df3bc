"""The key that `dev` makes for itself and keeps."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from identity_service import secret_keys
from identity_service.settings import SettingsRefused

NAME = "secret-key"


def kept_key(folder: Path) -> str:
    """The key in `folder`, made at the first call. Raises `SettingsRefused`, naming a file that holds no key."""
    path = folder / NAME
    try:
        if not path.exists():
            _make(path)
        key = path.read_text("ascii").strip()
        secret_keys.KeyRing.parse(key)
    except OSError as error:
        raise SettingsRefused(f"the key file {path} cannot be used: {error.strerror}") from None
    except ValueError as error:
        reason = "it is empty" if path.stat().st_size == 0 else error
        raise SettingsRefused(
            f"the key file {path} holds no key: {reason}. Put the key back, or delete {folder} to start afresh"
        ) from None
    return key


def _make(path: Path) -> None:
    """Whole or not at all: neither a crash nor a second `dev` at the same time leaves half a key, or two."""
    handle, temporary = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=path.parent)  # for the owner alone
    try:
        with os.fdopen(handle, "w") as file:
            file.write(secret_keys.generate())
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # another `dev` was first; its key is the one
            os.link(temporary, path)
    finally:
        Path(temporary).unlink()
    _sync(path.parent)


def _sync(folder: Path) -> None:
    """A name survives a power cut only once its folder is on disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
