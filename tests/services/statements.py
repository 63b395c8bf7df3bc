"""What a call asks of the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event

from identity_service.storage.database import Database


@dataclass
class Statements:
    """What was executed. BEGIN and COMMIT are not among the texts: each of `transactions` adds both."""

    texts: list[str] = field(default_factory=list)
    transactions: int = 0

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
    begun = database._begun

    def before(_connection: Any, _cursor: Any, text: str, *_: Any) -> None:
        statements.texts.append(" ".join(text.split()))

    def begin() -> Any:
        statements.transactions += 1
        return begun()

    event.listen(database.engine, "before_cursor_execute", before)
    database._begun = begin  # type: ignore[method-assign]
    try:
        yield statements
    finally:
        database._begun = begun  # type: ignore[method-assign]
        event.remove(database.engine, "before_cursor_execute", before)
