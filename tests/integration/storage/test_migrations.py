"""Bringing a database to this release's schema."""

import subprocess
import sys

import pytest
from sqlalchemy import exc, inspect, select

from identity_service.storage import migrate, schema
from identity_service.storage.database import Database
from identity_service.storage.errors import DatabaseUnavailable
from identity_service.storage.tables import metadata, tenants
from tests.services.databases import PostgresDatabases
from tests.services.statements import before_each

UPGRADE = """
import sys
from identity_service.storage.database import Database
from identity_service.storage.migrate import upgrade
database = Database(sys.argv[1])
upgrade(database)
database.close()
"""


@pytest.fixture
def empty(empty_database_url: str) -> Database:
    return Database(empty_database_url)


HELD_HERE = (
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
"""Locks in this database: others may be migrated on the same server."""


def test_an_empty_database_is_brought_to_the_newest_schema(empty: Database):
    assert schema.current(empty) is None
    migrate.upgrade(empty)
    assert schema.current(empty) == schema.NEEDED
    assert set(inspect(empty.engine).get_table_names()) == {*metadata.tables, "alembic_version"}
    empty.close()


def test_the_migrations_and_the_tables_agree(empty: Database):
    migrate.upgrade(empty)
    assert migrate.differences(empty) == []
    empty.close()


def test_a_second_upgrade_changes_nothing(empty: Database):
    migrate.upgrade(empty)
    with empty.connect() as connection:
        before = connection.execute(select(tenants)).all()
    migrate.upgrade(empty)
    with empty.connect() as connection:
        assert connection.execute(select(tenants)).all() == before
    empty.close()


def test_the_first_tenant_is_there(empty: Database):
    migrate.upgrade(empty)
    with empty.connect() as connection:
        assert [row.id for row in connection.execute(select(tenants))] == ["default"]
    empty.close()


def test_upgrades_of_several_processes_at_once_all_succeed(empty_database_url: str):
    """As when several servers are started together on a new database."""
    processes = [
        subprocess.Popen([sys.executable, "-c", UPGRADE, empty_database_url], stdout=-1, stderr=-1, text=True)
        for _ in range(3)
    ]
    ended = [(process.communicate(timeout=60), process.returncode) for process in processes]
    assert [code for _, code in ended] == [0] * 3, ended
    database = Database(empty_database_url)
    assert migrate.differences(database) == []
    database.close()


def test_a_connection_that_migrated_goes_on_as_any_other(empty: Database):
    """The time limits of a migration, and its lock, do not stay with the pool."""
    migrate.upgrade(empty)
    if empty.dialect == "postgresql":
        with empty.connect() as connection:
            assert connection.exec_driver_sql("SHOW statement_timeout").scalar() == "10s"
            assert connection.exec_driver_sql("SHOW lock_timeout").scalar() == "0"
            assert connection.exec_driver_sql(HELD_HERE).scalar() == 0
    with empty.begin() as transaction:
        assert transaction.connection.execute(select(tenants)).all()
    empty.close()


def test_a_database_that_lacks_migrations_is_refused(empty: Database):
    with pytest.raises(schema.SchemaDiffers, match="identity-service migrate"):
        schema.require_current(empty)
    migrate.upgrade(empty)
    schema.require_current(empty)
    empty.close()


def test_a_migration_that_fails_leaves_nothing_behind(empty: Database):
    with empty.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE users (id INTEGER)")  # in the way
    with pytest.raises((exc.ProgrammingError, DatabaseUnavailable)) as failed:  # SQLite has one error for much
        migrate.upgrade(empty)
    assert "users" in str(failed.value.__cause__)
    assert inspect(empty.engine).get_table_names() == ["users"]
    with empty.connect() as connection:
        connection.exec_driver_sql("DROP TABLE users")
    migrate.upgrade(empty)
    assert schema.current(empty) == schema.NEEDED
    empty.close()


def test_only_the_locks_of_tables_are_waited_for_briefly(postgres_databases: PostgresDatabases):
    """Another server's migration may take its time, and this one waits for its end; no client waits for this one."""
    database, texts = Database(postgres_databases.create(migrated=False)), list[str]()
    with before_each(database, texts.append):
        migrate.upgrade(database)
    waits, bound = (next(at for at, text in enumerate(texts) if word in text) for word in ("advisory", "lock_timeout"))
    assert waits < bound < len(texts) - 1
    database.close()
