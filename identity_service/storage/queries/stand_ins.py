"""Rows that stand in for those that are not there.

To read a row takes longer than to find none, by enough for a patient watcher to tell which addresses are known. So
look-ups by address always read as many rows, some of which are nobody's.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, Select, Uuid, literal_column, select, union_all
from sqlalchemy.sql.selectable import CompoundSelect

_NOBODY = UUID(int=0)


def padded(found: Select[Any], columns: list[ColumnElement[Any]], rows: int) -> CompoundSelect[Any]:
    """`found`, which reads `columns`, with stand-ins for what it lacks of so many rows, after the others."""
    stand_in = select(*(_value(column) for column in columns))
    return union_all(found, *[stand_in] * rows).limit(rows)


def is_nobody(row_id: UUID) -> bool:
    """Whether it is the id of a stand-in."""
    return row_id == _NOBODY


def _value(column: Any) -> ColumnElement[Any]:
    """As it is in most rows. Written out, because a parameter for each would have to be bound at each call."""
    if column.nullable:
        return literal_column("NULL", column.type)
    if isinstance(column.type, Uuid):
        return literal_column(f"'{_NOBODY.hex}'", column.type)
    if isinstance(column.type, DateTime):
        return literal_column("'2000-01-01 00:00:00.000000'", column.type)
    return literal_column(f"'{'x' * 24}'", column.type)
