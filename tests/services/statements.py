"""What is asked of the database, as it is asked."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import event

from identity_service.storage.database import Database
from identity_service.storage.on_postgres import PostgresStatement

CONTROL = ("BEGIN", "COMMIT", "ROLLBACK")
WRITES = re.compile(r"\b(INSERT INTO|UPDATE \w+ SET|DELETE FROM)\b")
Act = Callable[[str, bool], None]
"""Hears the text of a statement, and whether a transaction is open."""


@contextmanager
def before_each(database: Database, act: Callable[[str], None]) -> Iterator[None]:
    """Call `act` with the text of every statement just before it is executed, but for BEGIN and COMMIT."""
    with _watching(database, lambda text, _: None if text.startswith(CONTROL) else act(" ".join(text.split()))):
        yield


def _watching(database: Database, act: Act) -> AbstractContextManager[None]:
    watch = _watch_postgres if database.dialect == "postgresql" else _watch_sqlite
    return watch(database, act)


@contextmanager
def _watch_sqlite(database: Database, act: Act) -> Iterator[None]:
    def before(_connection: Any, cursor: Any, text: str, *_: Any) -> None:
        act(text, cursor.connection.in_transaction)

    event.listen(database.engine, "before_cursor_execute", before)
    try:
        yield
    finally:
        event.remove(database.engine, "before_cursor_execute", before)


@contextmanager
def _watch_postgres(database: Database, act: Act) -> Iterator[None]:
    """At the driver, because some statements do not pass through SQLAlchemy."""
    database.ping()  # what SQLAlchemy asks a server when it meets it first is no part of any call
    really = psycopg.Cursor.execute

    def execute(self: Any, query: Any, *arguments: Any, **options: Any) -> Any:
        act(str(query), self.connection.info.transaction_status != TransactionStatus.IDLE)
        return really(self, query, *arguments, **options)

    really_run = PostgresStatement._run

    def run(self: Any, connection: Any, *arguments: Any) -> Any:
        status = connection.connection.driver_connection.info.transaction_status
        act(self.sql, status != TransactionStatus.IDLE)
        return really_run(self, connection, *arguments)

    with patch.object(psycopg.Cursor, "execute", execute), patch.object(PostgresStatement, "_run", run):
        yield


@dataclass
class Statements:
    """What was executed. BEGIN and COMMIT are not among the texts: each of `transactions` adds both. A write outside of
    them is a commit by itself."""

    texts: list[str] = field(default_factory=list)
    transactions: int = 0
    commits: int = 0

    def add(self, text: str, in_transaction: bool) -> None:
        if not text.startswith(CONTROL):
            self.texts.append(" ".join(text.split()))
            self.commits += not in_transaction and WRITES.search(self.texts[-1]) is not None
        elif text.startswith("BEGIN"):
            self.transactions += 1
            self.commits += 1

    @property
    def shapes(self) -> list[str]:
        """Verb and table of each."""
        return [" ".join(text.split()[:3]) for text in self.texts]

    def __str__(self) -> str:
        return f"{len(self.texts)} statements, {self.transactions} transactions"


@contextmanager
def counted(database: Database) -> Iterator[Statements]:
    """Count what is executed inside the block."""
    statements = Statements()
    with _watching(database, statements.add):
        yield statements
