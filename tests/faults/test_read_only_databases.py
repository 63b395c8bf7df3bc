"""A database that takes no writes: a disk mounted read-only, a standby that is not promoted yet."""

from pathlib import Path

import psycopg
import pytest
from structlog.testing import capture_logs

from identity_service import secret_keys, settings
from identity_service.cli.doctor.database import database as doctor
from identity_service.notification.senders import Level
from identity_service.storage import migrate
from identity_service.storage.database import Database
from identity_service.storage.errors import DatabaseReadOnly
from tests.services.household import Household


def read_only(url: str) -> str:
    """The same database, which takes no writes from now on."""
    if url.startswith("sqlite"):
        return f"sqlite:///file:{url.removeprefix('sqlite:///')}?mode=ro&uri=true"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {connection.info.dbname} SET default_transaction_read_only = on")
    return url


def test_it_is_unavailable(database_url: str, tmp_path: Path):
    household = Household(read_only(database_url), tmp_path)
    with pytest.raises(DatabaseReadOnly), capture_logs() as logs:
        household.register()
    assert [(entry["event"], entry["reason"]) for entry in logs] == [("database_unavailable", "DATABASE_READ_ONLY")]
    household.close()


def test_the_doctor_notices(database_url: str):
    given = {"DATABASE_URL": read_only(database_url), "SECRET_KEYS": secret_keys.generate()}
    configuration = settings.load({f"IDENTITY_{name}": value for name, value in given.items()})
    (problem,) = (found for found in doctor(configuration) if found.level is Level.PROBLEM)
    assert "read" in problem.text.rpartition(" cannot be used: ")[2]
    assert problem.remedy == DatabaseReadOnly.remedy


def test_a_migration_is_told_so(empty_database_url: str):
    Database(empty_database_url).ping()  # SQLite makes the file
    database = Database(read_only(empty_database_url))
    with pytest.raises(DatabaseReadOnly):
        migrate.upgrade(database)
    database.close()
