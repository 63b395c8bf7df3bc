"""Statements as psycopg's protocol layer runs them, prepared once on each connection."""

import itertools
import json
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGresult
from sqlalchemy import JSON, Connection, exc
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.sql.expression import Executable

Parameters = dict[str, Any]

_ANSWERED = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class _Parameter:
    """One `$n` of a statement: given by name, or a literal of the statement."""

    name: str
    literal: Any
    is_given: bool
    is_json: bool

    def value(self, given: Parameters) -> Any:
        value = given[self.name] if self.is_given else self.literal
        return json.dumps(value) if self.is_json else value


class PostgresStatement:
    """One statement, compiled for PostgreSQL."""

    def __init__(self, statement: Executable) -> None:
        compiled = _compiled(statement)
        self.sql: str = compiled.string
        """With `$1` for its first parameter."""
        self._parameters = [_parameter(compiled.binds[name], name) for name in compiled.positiontup]
        self._formats = [PyFormat.AUTO] * len(self._parameters)

    def rows(self, connection: Connection, parameters: Parameters) -> list[Any]:
        """Run it and read all its rows."""
        result, transformer = self._run(connection, parameters)
        transformer.set_pgresult(result, set_loaders=True)
        rows: list[Any] = transformer.load_rows(0, result.ntuples, tuple)
        return rows

    def run(self, connection: Connection, parameters: Parameters) -> int:
        """Run it, and answer how many rows it changed."""
        result, _ = self._run(connection, parameters)
        return result.command_tuples or 0

    def _run(self, connection: Connection, parameters: Parameters) -> tuple[PGresult, Any]:
        pooled = connection.connection
        driver: Any = pooled.driver_connection
        transformer: Any = Transformer(driver)
        try:
            values = [parameter.value(parameters) for parameter in self._parameters]
            dumped = transformer.dump_sequence(values, self._formats)
            name = self._name(pooled.info, driver, transformer.types)
            result = driver.pgconn.exec_prepared(name, dumped, transformer.formats, Format.BINARY)
            return _answered(result), transformer
        except psycopg.Error as error:
            raise _wrapped(connection, self.sql, error) from error

    def _name(self, kept: Any, driver: Any, types: Any) -> bytes:
        """The statement's name on this connection. There is one for each combination of types: NULLs have none."""
        names: dict[Any, bytes] = kept.setdefault("prepared", {})
        name = names.get((self, types))
        if name is None:
            name = f"identity_{next(_numbers)}".encode()
            _answered(driver.pgconn.prepare(name, self.sql.encode(), types))
            names[self, types] = name
        return name


def _compiled(statement: Any) -> Any:
    dialect: Any = PGDialect_psycopg
    return statement.compile(dialect=dialect(paramstyle="numeric_dollar"))


def _parameter(bind: Any, name: str) -> _Parameter:
    literal = None if bind.required else bind.effective_value
    return _Parameter(name, literal, is_given=bind.required, is_json=isinstance(bind.type, JSON))


def _answered(result: PGresult) -> PGresult:
    if result.status not in _ANSWERED:
        raise error_from_result(result, "utf-8")
    return result


def _wrapped(connection: Connection, sql: str, error: Exception) -> exc.DBAPIError:
    """What SQLAlchemy would have raised, and what it would have done: empty the pool of what died with this one."""
    dialect: Any = connection.dialect
    if dialect.is_disconnect(error, connection.connection.driver_connection, None):
        connection.exec_driver_sql("SELECT 1")  # fails, too, and this time SQLAlchemy sees it
    wrapped = exc.DBAPIError.instance(sql, None, error, psycopg.Error, hide_parameters=True, dialect=dialect)
    assert isinstance(wrapped, exc.DBAPIError)  # noqa: S101 - what `instance` makes of a driver's error
    return wrapped
