"""Several writes as one statement, where the database can: on PostgreSQL by writable CTEs, for one round trip.

On SQLite, where a statement costs no trip, they follow one another. Build a batch once: then it is compiled once.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Insert,
    Select,
    Table,
    Update,
    bindparam,
    cast,
    exists,
    func,
    insert,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from identity_service.storage.prepared import Prepared

Row = dict[str, Any]


class InsertTogether:
    """Inserts one row into each of some tables."""

    def __init__(self, *tables: Table) -> None:
        *first, last = (_insert(table, index) for index, table in enumerate(tables))
        self._combined = Prepared(last.add_cte(*(each.cte(f"row_{index}") for index, each in enumerate(first))))
        self._one_by_one = [Prepared(insert(table)) for table in tables]

    def execute(self, connection: Connection, *rows: Row) -> None:
        """Insert `rows`, one for each table, in the tables' order."""
        if connection.dialect.name == "postgresql":
            self._combined.run(connection, _prefixed(rows))
            return
        for statement, row in zip(self._one_by_one, rows, strict=True):
            statement.run(connection, row)


class InsertAfter:
    """Inserts one row into each of some tables, if a statement that comes first returns a certain id.

    That statement is an update, which returns the ids of the rows it changed, or a select of ids. None of its
    parameters is named `required_id`.
    """

    def __init__(self, guard: Update | Select[Any], *tables: Table) -> None:
        self._guard = Prepared(guard)
        self._combined = Prepared(_guarded(guard, tables))
        self._one_by_one = InsertTogether(*tables)

    def execute(self, connection: Connection, parameters: Row, required_id: Any, *rows: Row) -> bool:
        """Whether `required_id` was returned, and `rows` were inserted; if not, none was."""
        if connection.dialect.name == "postgresql":
            given = {**parameters, "required_id": required_id, **_prefixed(rows)}
            return (required_id,) in self._combined.rows(connection, given)
        if (required_id,) not in self._guard.rows(connection, parameters):
            return False
        self._one_by_one.execute(connection, *rows)
        return True


class InsertFrom:
    """Inserts a row into a table for the row that an update changes, from which it takes some of its columns."""

    def __init__(self, change: Update, table: Table, *, taking: Sequence[str]) -> None:
        self._taking = taking
        self._change = Prepared(change)
        self._combined = Prepared(_followed(change, table, taking))
        self._insert = Prepared(insert(table))

    def execute(self, connection: Connection, parameters: Row, row: Row) -> Any:
        """The changed row, as the update returns it; None, and nothing is inserted, if none was changed."""
        if connection.dialect.name == "postgresql":
            return self._combined.first(connection, {**parameters, **_prefixed((row,))})
        changed = self._change.first(connection, parameters)
        if changed is not None:
            self._insert.run(connection, row | {name: getattr(changed, name) for name in self._taking})
        return changed


class InsertMany:
    """Inserts any number of rows into one table, but for those that a uniqueness rule refuses.

    On PostgreSQL each column travels as one array: a statement with thousands of parameters would cost more to write
    than to carry out, and would be another for each number of rows.
    """

    def __init__(self, table: Table) -> None:
        self._names = [column.name for column in _given(table)]
        self._unnesting = Prepared(_unnesting(table))
        self._row_by_row = Prepared(sqlite.insert(table).on_conflict_do_nothing().returning(table.c.id))

    def execute(self, connection: Connection, rows: Sequence[Row]) -> set[Any]:
        """The ids of the rows that were inserted."""
        if not rows:
            return set()
        if connection.dialect.name != "postgresql":
            inserted = (self._row_by_row.first(connection, row) for row in rows)
            return {row_id for (row_id,) in filter(None, inserted)}
        columns = {name: [row[name] for row in rows] for name in self._names}
        return {row_id for (row_id,) in self._unnesting.rows(connection, columns)}


def _unnesting(table: Table) -> Insert:
    names = [column.name for column in _given(table)]
    arrays = [bindparam(column.name, type_=postgresql.ARRAY(column.type)) for column in _given(table)]
    rows = func.unnest(*arrays).table_valued(*names).render_derived()
    inserted = postgresql.insert(table).from_select(names, select(*rows.c))
    return inserted.on_conflict_do_nothing().returning(table.c.id)


def _insert(table: Table, index: int) -> Insert:
    return insert(table).values(
        {column.name: bindparam(f"{index}_{column.name}", type_=column.type) for column in _given(table)}
    )


def _given(table: Table) -> list[Column[Any]]:
    """The columns that a row has values for; the statement fills the others."""
    return [column for column in table.columns if not column.info.get("filled_by_statement")]


def _guarded(guard: Update | Select[Any], tables: tuple[Table, ...]) -> Select[Any]:
    changed = guard.cte("changed")
    (changed_id,) = changed.c
    is_changed = exists(select(changed_id).where(changed_id == bindparam("required_id", type_=changed_id.type)))
    inserts = (_insert_if(table, index, is_changed).cte(f"row_{index}") for index, table in enumerate(tables))
    return select(changed_id).add_cte(*inserts)


def _insert_if(table: Table, index: int, condition: Any) -> Insert:
    values = _values(table, index)
    return insert(table).from_select(list(values), select(*values.values()).where(condition))


def _followed(change: Update, table: Table, taking: Sequence[str]) -> Select[Any]:
    changed = change.cte("changed")
    values = _values(table, 0) | {name: changed.c[name] for name in taking}
    inserted = insert(table).from_select(list(values), select(*values.values()).select_from(changed))
    return select(changed).add_cte(inserted.cte("row_0"))


def _values(table: Table, index: int) -> dict[str, ColumnElement[Any]]:
    # Cast, because a NULL in a SELECT has no type that PostgreSQL could tell from the column.
    return {
        column.name: cast(bindparam(f"{index}_{column.name}", type_=column.type), column.type)
        for column in _given(table)
    }


def _prefixed(rows: tuple[Row, ...]) -> Row:
    return {f"{index}_{name}": value for index, row in enumerate(rows) for name, value in row.items()}
