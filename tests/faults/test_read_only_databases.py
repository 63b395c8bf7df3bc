"""A database that takes no writes: a disk mounted read-only, a standby that is not promoted yet."""

from pathlib import Path

import psycopg
import pytest
from structlog.testing import capture_logs

from identity_service.storage.errors import DatabaseReadOnly
from tests.services.household import Household


def refuses_to_register(url: str, folder: Path) -> bool:
    household = Household(url, folder)
    try:
        with pytest.raises(DatabaseReadOnly), capture_logs() as logs:
            household.register()
        assert [(entry["event"], entry["reason"]) for entry in logs] == [("database_unavailable", "DATABASE_READ_ONLY")]
    finally:
        household.close()
    return True


def test_a_read_only_file_is_unavailable(sqlite_url: str, tmp_path: Path) -> None:
    path = sqlite_url.removeprefix("sqlite:///")
    assert refuses_to_register(f"sqlite:///file:{path}?mode=ro&uri=true", tmp_path)


def test_a_standby_is_unavailable(postgres_url: str, tmp_path: Path) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {connection.info.dbname} SET default_transaction_read_only = on")
    assert refuses_to_register(postgres_url, tmp_path)
