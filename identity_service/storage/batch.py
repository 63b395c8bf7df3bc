"""Several inserts as one statement, where the database can."""

from typing import Any

from sqlalchemy import Connection, Insert, Table, bindparam, insert

Row = dict[str, Any]


class InsertTogether:
    """Inserts one row into each of some tables.

    On PostgreSQL this is a single statement with writable CTEs, so that a journey's rows cost one round trip; on
    SQLite, where a statement costs no trip, they follow one another. Build it once: SQLAlchemy then compiles it once.
    """

    def __init__(self, *tables: Table) -> None:
        self._tables = tables
        self._combined = _combined(tables)

    def execute(self, connection: Connection, *rows: Row) -> None:
        """Insert `rows`, one for each table, in the tables' order."""
        if connection.dialect.name == "postgresql":
            connection.execute(self._combined, _prefixed(rows))
            return
        for table, row in zip(self._tables, rows, strict=True):
            connection.execute(insert(table), row)


def _combined(tables: tuple[Table, ...]) -> Insert:
    *first, last = (_insert(table, index) for index, table in enumerate(tables))
    return last.add_cte(*(statement.cte(f"row_{index}") for index, statement in enumerate(first)))


def _insert(table: Table, index: int) -> Insert:
    return insert(table).values(
        {column.name: bindparam(f"{index}_{column.name}", type_=column.type) for column in table.columns}
    )


def _prefixed(rows: tuple[Row, ...]) -> Row:
    return {f"{index}_{name}": value for index, row in enumerate(rows) for name, value in row.items()}
