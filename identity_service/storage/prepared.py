"""Statements that are compiled once and run on the driver.

Compiling, binding and reading a row through SQLAlchemy costs as much again as the query itself, and a call of this
service is little more than its queries. So SQLAlchemy writes the SQL, once for each kind of database, and PostgreSQL's
driver, which knows all our types, gets it directly. SQLite's driver knows few of them, and is run by SQLAlchemy.
"""

import json
from typing import Any

import psycopg
from sqlalchemy import JSON, Connection, exc
from sqlalchemy.sql.expression import Executable

Parameters = dict[str, Any]


class Prepared:
    """One statement without parts that vary (no `IN` lists), and what it needs to run again and again."""

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._sql = ""
        self._fixed: Parameters = {}
        self._json: tuple[str, ...] = ()

    def rows(self, connection: Connection, parameters: Parameters) -> list[Any]:
        """Run it and read all its rows."""
        if connection.dialect.name != "postgresql":
            return list(connection.execute(self._statement, parameters))
        cursor = self._run(connection, parameters)
        rows: list[Any] = cursor.fetchall()
        return rows

    def first(self, connection: Connection, parameters: Parameters) -> Any:
        """Run it and read its first row; None if it has none."""
        rows = self.rows(connection, parameters)
        return rows[0] if rows else None

    def run(self, connection: Connection, parameters: Parameters) -> int:
        """Run it, and answer how many rows it changed."""
        if connection.dialect.name != "postgresql":
            return connection.execute(self._statement, parameters).rowcount
        count: int = self._run(connection, parameters).rowcount
        return count

    def _run(self, connection: Connection, parameters: Parameters) -> Any:
        if not self._sql:
            self._compile(connection)
        given = {**self._fixed, **parameters}
        for name in self._json:
            given[name] = json.dumps(given[name])
        try:
            return _cursor(connection).execute(self._sql, given)
        except psycopg.Error as error:
            raise _wrapped(connection, self._sql, error) from error

    def _compile(self, connection: Connection) -> None:
        compiled = self._statement.compile(dialect=connection.dialect)  # type: ignore[attr-defined]
        binds = {name: bind for name, bind in compiled.binds.items() if not name.startswith("%(")}
        self._fixed = {name: bind.effective_value for name, bind in binds.items() if not bind.required}
        self._json = tuple(name for name, bind in binds.items() if isinstance(bind.type, JSON))
        self._sql = compiled.string  # last: another thread may be looking


def _cursor(connection: Connection) -> Any:
    """The one cursor of a connection. Every statement's rows are read before the next one runs."""
    kept = connection.info
    if "cursor" not in kept:
        driver: Any = connection.connection.driver_connection
        kept["cursor"] = driver.cursor(binary=True)
    return kept["cursor"]


def _wrapped(connection: Connection, sql: str, error: Exception) -> exc.DBAPIError:
    """What SQLAlchemy would have raised, and what it would have done: empty the pool of what died with this one."""
    dialect: Any = connection.dialect
    if dialect.is_disconnect(error, connection.connection.driver_connection, None):
        connection.exec_driver_sql("SELECT 1")  # fails, too, and this time SQLAlchemy sees it
    wrapped = exc.DBAPIError.instance(sql, None, error, psycopg.Error, hide_parameters=True, dialect=dialect)
    assert isinstance(wrapped, exc.DBAPIError)  # noqa: S101 - what `instance` makes of a driver's error
    return wrapped
