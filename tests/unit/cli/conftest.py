import os
from collections.abc import Callable
from pathlib import Path

import pytest

from identity_service import secret_keys, settings
from identity_service.bootstrap import configured
from identity_service.settings import Settings
from identity_service.storage import migrate

Configure = Callable[..., Settings]


@pytest.fixture
def configure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configure:
    """Makes settings of the ones given and a key, in an empty folder; `configure(SENDER="console:")`."""
    for name in [name for name in os.environ if name.startswith("IDENTITY_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def load(**values: str) -> Settings:
        given = {"SECRET_KEYS": secret_keys.generate()} | values
        return settings.load({f"IDENTITY_{name}": value for name, value in given.items()})

    return load


@pytest.fixture
def migrated(configure: Configure, tmp_path: Path) -> str:
    """The URL of a database with a schema."""
    url = f"sqlite:///{tmp_path}/migrated.db"
    database = configured.database(configure(DATABASE_URL=url))
    migrate.upgrade(database)
    database.close()
    return url
