"""The order in which rows become visible, which is not the order they were made in.

A reader that follows a table by id, or by a sequence, misses rows: a transaction that began earlier may commit later.
So a row is given the number of its transaction, and PostgreSQL tells below which number all have ended. SQLite has one
writer at a time: there the position is the next one, and never less than the time, so that none comes twice even when
all rows are deleted.
"""

from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement
from sqlalchemy.ext.compiler import compiles

MILLISECONDS_ON_SQLITE = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
"""The time since 1970, in SQL."""

FILLED_BY_STATEMENT = {"filled_by_statement": True}
"""Marks a column whose value no row brings."""


class _Position(ColumnElement[int]):
    """The position of a row that is being inserted into `table`."""

    inherit_cache = False
    type = BigInteger()

    def __init__(self, table: str) -> None:
        self.table = table


@compiles(_Position, "postgresql")
def _number_of_the_transaction(element: _Position, compiler: Any, **_: Any) -> str:
    return "pg_current_xact_id()::text::bigint"


@compiles(_Position, "sqlite")
def _next(element: _Position, compiler: Any, **_: Any) -> str:
    # By rowid, because that finds the newest row at once. VACUUM may renumber rows, but not reorder them.
    table = element.table
    newest = f"SELECT position FROM {table} WHERE rowid = (SELECT max(rowid) FROM {table})"  # noqa: S608 - one of ours
    return f"max(coalesce(({newest}), 0) + 1, {MILLISECONDS_ON_SQLITE})"


def position(table: str) -> Column[int]:
    """Filled by the statement that inserts the row; see `storage/queries/audit.py` for how it is read."""
    return Column("position", BigInteger, nullable=False, default=_Position(table), info=FILLED_BY_STATEMENT)
