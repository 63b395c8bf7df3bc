"""Transactions, and what becomes of them when the database does not answer."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from identity_service.storage.database import Database, Transaction
from identity_service.storage.errors import DatabaseUnavailable
from identity_service.storage.rows import Tenant
from identity_service.storage.tables import tenants
from tests.services.at_once import all_at_once

END_OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> %s"
NOW = datetime(2026, 3, 4, 5, 6, 7, 891_234, tzinfo=UTC)


@pytest.fixture
def database(database_url: str):
    database = Database(database_url)
    yield database
    database.close()


def add(transaction: Transaction, name: str, at: datetime = NOW) -> None:
    transaction.connection.execute(insert(tenants), Tenant(name, name, {}, at, at).values())


class Interrupted(Exception):
    """What goes wrong in the middle of a block."""


def begin_and_fail(database: Database, act: Callable[[Transaction], None], **given: bool) -> None:
    with database.begin(**given) as transaction:
        act(transaction)
        raise Interrupted


def names(database: Database) -> set[str]:
    with database.connect() as connection:
        return set(connection.execute(select(tenants.c.id)).scalars()) - {"default"}


def test_what_was_written_is_there_after_the_block(database: Database):
    with database.begin() as transaction:
        add(transaction, "a")
        add(transaction, "b")
    assert names(database) == {"a", "b"}


def test_an_error_undoes_all_of_the_block(database: Database):
    with pytest.raises(Interrupted):
        begin_and_fail(database, lambda transaction: add(transaction, "a"))
    assert names(database) == set()


def test_what_is_to_follow_follows_the_commit(database: Database):
    seen: list[set[str]] = []
    with database.begin() as transaction:
        transaction.after_commit(lambda: seen.append(names(database)))
        add(transaction, "a")
        assert seen == []
    assert seen == [{"a"}]


def test_nothing_follows_a_block_that_was_undone(database: Database):
    seen: list[str] = []
    with pytest.raises(Interrupted):
        begin_and_fail(database, lambda transaction: transaction.after_commit(lambda: seen.append("committed")))
    assert seen == []


def test_nothing_follows_a_single_write_that_failed(database: Database):
    seen: list[str] = []
    with pytest.raises(Interrupted):
        begin_and_fail(
            database,
            lambda transaction: transaction.after_commit(lambda: seen.append("committed")),
            single_write=True,
        )
    assert seen == []


def test_a_connection_is_clean_after_an_error(database: Database):
    """On each of the pooled connections, however the block before has ended."""
    for number in range(30):
        with pytest.raises(Interrupted):
            begin_and_fail(database, lambda transaction, number=number: add(transaction, f"lost-{number}"))
    with database.begin() as transaction:
        add(transaction, "a")
    assert names(database) == {"a"}


def test_more_transactions_than_connections_wait_for_one_another(database: Database):
    def work(number: int) -> None:
        with database.begin() as transaction:
            add(transaction, str(number))

    ended = all_at_once([lambda number=number: work(number) for number in range(40)])
    assert ended == [None] * 40
    assert len(names(database)) == 40


def test_an_instant_comes_back_as_it_was(database: Database):
    with database.begin() as transaction:
        add(transaction, "a", NOW)
    with database.connect() as connection:
        found = connection.execute(select(tenants.c.created_at).where(tenants.c.id == "a")).scalar_one()
    assert found == NOW
    assert found.utcoffset() == timedelta(0)


def test_a_statement_that_is_wrong_is_no_outage(postgres_url: str):
    """SQLite tells the one no better from the other than by its words."""
    database = Database(postgres_url)
    with pytest.raises(ProgrammingError), database.connect() as connection:
        connection.execute(text("SELECT * FROM no_such_table"))
    database.close()


def test_a_row_that_breaks_a_rule_is_no_outage(database: Database):
    with pytest.raises(IntegrityError), database.begin() as transaction:
        add(transaction, "default")


def test_a_pool_of_dead_connections_is_replaced_unnoticed(postgres_url: str):
    """As after a restart of the server: nobody gets an error for the connections that died meanwhile."""
    database = Database(postgres_url)
    all_at_once([database.ping] * 5)
    with psycopg.connect(postgres_url, autocommit=True) as other:
        while other.execute(END_OTHERS, [other.info.backend_pid]).fetchall():
            time.sleep(0.01)
    for number in range(5):
        with database.begin() as transaction:
            add(transaction, str(number))
    assert len(names(database)) == 5
    database.close()


def test_a_server_that_is_not_there_is_said_to_be_unavailable(tmp_path: Path):
    database = Database(f"postgresql://nobody@/nothing?host={tmp_path}")
    with pytest.raises(DatabaseUnavailable):
        database.ping()
    with pytest.raises(DatabaseUnavailable), database.begin():
        pass
    database.close()


def test_a_locked_file_is_said_to_be_unavailable(sqlite_url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("identity_service.storage.database.SQLITE_BUSY_TIMEOUT_MS", 50)
    database = Database(sqlite_url)
    with database.begin() as transaction:
        add(transaction, "a")
        with pytest.raises(DatabaseUnavailable), database.begin():
            pass
    assert names(database) == {"a"}
    database.close()
