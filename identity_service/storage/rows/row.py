"""What a row is: a plain value whose fields are the columns of its table, in the order of the class."""

from collections.abc import Hashable
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, Self, cast

from sqlalchemy import ColumnElement, Table


@cache
def _names(kind: Hashable) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cast(Any, kind)))


@dataclass(frozen=True, slots=True)
class Row:
    """A row of one table."""

    @classmethod
    def columns(cls, table: Any) -> list[ColumnElement[Any]]:
        """The columns to select so that `from_tuple` can read them back."""
        return [table.c[name] for name in _names(cast(Hashable, cls))]

    @classmethod
    def from_tuple(cls, row: Any) -> Self:
        return cls(*row)

    def values(self) -> dict[str, Any]:
        """Column names and values, for an insert."""
        return {name: getattr(self, name) for name in _names(cast(Hashable, type(self)))}

    @classmethod
    def complete(cls, table: Table) -> bool:
        """Whether the fields are exactly the table's columns, but for those that statements fill by themselves."""
        given = {column.name for column in table.c if not column.info.get("filled_by_statement")}
        return set(_names(cast(Hashable, cls))) == given
