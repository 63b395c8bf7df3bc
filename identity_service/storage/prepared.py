"""Statements that are compiled once and, on PostgreSQL, prepared once on each connection.

Executing a statement through SQLAlchemy costs more than the query itself, and a call of this service is little more
than its queries. So SQLAlchemy writes the SQL, once for each kind of database, and psycopg's protocol layer, which
knows all our types, runs it (`on_postgres.py`). SQLite's driver knows few of them, and is run by SQLAlchemy.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection
from sqlalchemy.sql.expression import Executable

if TYPE_CHECKING:
    from identity_service.storage.on_postgres import Parameters, PostgresStatement


class Prepared:
    """One statement without parts that vary (no `IN` lists), and what it needs to run again and again."""

    def __init__(self, statement: Executable) -> None:
        self._statement = statement

    def rows(self, connection: Connection, parameters: Parameters) -> list[Any]:
        """Run it and read all its rows."""
        if connection.dialect.name != "postgresql":
            return list(connection.execute(self._statement, parameters))
        return self.on_postgres.rows(connection, parameters)

    def first(self, connection: Connection, parameters: Parameters) -> Any:
        """Run it and read its first row; None if it has none."""
        rows = self.rows(connection, parameters)
        return rows[0] if rows else None

    def run(self, connection: Connection, parameters: Parameters) -> int:
        """Run it, and answer how many rows it changed."""
        if connection.dialect.name != "postgresql":
            return connection.execute(self._statement, parameters).rowcount
        return self.on_postgres.run(connection, parameters)

    @cached_property
    def on_postgres(self) -> PostgresStatement:
        """The statement as PostgreSQL gets it. Its driver is loaded by the first that is asked for it."""
        from identity_service.storage.on_postgres import PostgresStatement

        return PostgresStatement(self._statement)


class PreparedOnEach:
    """A statement that reads differently on each database: `make` is given `postgresql` or `sqlite`."""

    def __init__(self, make: Callable[[str], Executable]) -> None:
        self._statements = {dialect: Prepared(make(dialect)) for dialect in ("postgresql", "sqlite")}

    def on(self, connection: Connection) -> Prepared:
        """The statement for the database of that connection."""
        return self._statements[connection.dialect.name]
