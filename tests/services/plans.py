"""How the database would carry out what is asked of it."""

import re
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import psycopg
from sqlalchemy import event

from identity_service.storage.database import Database
from identity_service.storage.on_postgres import PostgresStatement
from tests.services.statements import CONTROL

_NAMED = re.compile(r"%\((\w+)\)s")


def plans_of(database: Database, act: Callable[[], object]) -> list[str]:
    """The plan of each statement that `act` executes, in order.

    PostgreSQL's are the generic ones, made without knowing the parameters: those of a statement that runs often.
    """
    return _plans_of_postgres(database, act) if database.dialect == "postgresql" else _plans_of_sqlite(database, act)


def _plans_of_postgres(database: Database, act: Callable[[], object]) -> list[str]:
    database.ping()
    plans: list[str] = []
    really = psycopg.Cursor.execute

    def execute(self: Any, query: Any, *arguments: Any, **options: Any) -> Any:
        if not str(query).startswith(CONTROL):
            plans.append(_generic_plan(self.connection, str(query)))
        return really(self, query, *arguments, **options)

    really_run = PostgresStatement._run

    def run(self: Any, connection: Any, *arguments: Any) -> Any:
        plans.append(_generic_plan(connection.connection.driver_connection, self.sql))
        return really_run(self, connection, *arguments)

    with patch.object(psycopg.Cursor, "execute", execute), patch.object(PostgresStatement, "_run", run):
        act()
    return plans


def _generic_plan(connection: Any, query: str) -> str:
    names = list(dict.fromkeys(_NAMED.findall(query)))
    numbered = _NAMED.sub(lambda match: f"${names.index(match[1]) + 1}", query)
    found = connection.pgconn.exec_(f"EXPLAIN (GENERIC_PLAN, COSTS OFF) {numbered}".encode())
    assert not found.error_message, found.error_message.decode()
    return "\n".join(found.get_value(row, 0).decode() for row in range(found.ntuples))


def _plans_of_sqlite(database: Database, act: Callable[[], object]) -> list[str]:
    plans: list[str] = []

    def before(_connection: Any, cursor: Any, text: str, parameters: Any, *_: Any) -> None:
        rows = cursor.connection.cursor().execute(f"EXPLAIN QUERY PLAN {text}", parameters).fetchall()
        plans.append("\n".join(row[3] for row in rows))

    event.listen(database.engine, "before_cursor_execute", before)
    try:
        act()
    finally:
        event.remove(database.engine, "before_cursor_execute", before)
    return plans


def in_transaction(database: Database, act: Callable[..., object]) -> Callable[[], object]:
    """An act that does `act` with the connection of a transaction of its own."""

    def run() -> None:
        with database.begin() as transaction:
            act(transaction.connection)

    return run
