"""Several things at the same moment, and one thing exactly between two statements of another."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar
from unittest.mock import patch

from identity_service.storage.database import Database
from tests.services.statements import before_each

Result = TypeVar("Result")


def all_at_once(works: Sequence[Callable[[], Result]]) -> list[Result | Exception]:
    """Do each in a thread of its own, released together. What each returned or raised, in the order given."""
    start = threading.Barrier(len(works))

    def run(work: Callable[[], Result]) -> Result | Exception:
        start.wait(30)
        try:
            return work()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


@contextmanager
def meanwhile(database: Database, statement: str, act: Callable[[], object]) -> Iterator[None]:
    """Do `act` once, just before the first statement that holds the text `statement` is executed."""
    waiting = [act]

    def before(text: str) -> None:
        if statement in text and waiting:
            waiting.pop()()

    with before_each(database, before):
        yield
    assert not waiting, f"no statement held {statement!r}"


@contextmanager
def before_transaction(database: Database, act: Callable[[], object]) -> Iterator[None]:
    """Do `act` once, when the next transaction is about to begin: after all that was read before it."""
    really, waiting = database.begin, [act]

    def begin(**given: Any) -> Any:
        if waiting:
            waiting.pop()()
        return really(**given)

    with patch.object(database, "begin", begin):
        yield
    assert not waiting, "no transaction began"
