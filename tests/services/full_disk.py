"""Disks that are full for real: SQLite and PostgreSQL refuse in their own words, and nobody needs to be root for it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import event

from identity_service.storage.tables import metadata
from tests.services.household import Household

_MOST_PAGES = 4_294_967_294


class Disk(Protocol):
    """Where a household's database lies."""

    def fill(self) -> None:
        """Leave no room: what fits where there is room already is still taken, and then nothing more."""

    def free(self) -> None:
        """Make room again."""


class SqliteDisk:
    """A file that may have no more pages than it has now, which is how SQLite bounds its size (SQLITE_FULL)."""

    def __init__(self, household: Household) -> None:
        self._pages = _MOST_PAGES
        event.listen(household.core.database.engine, "checkout", self._bound)

    def fill(self) -> None:
        self._pages = 1  # fewer than there are: as many as there are

    def free(self) -> None:
        self._pages = _MOST_PAGES

    def _bound(self, connection: Any, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {self._pages}")


class PostgresDisk:
    """Files that the kernel lets nobody write to (ENOSPC, which PostgreSQL answers with 53100).

    /dev/full takes the place of each table's map of free space, which PostgreSQL writes when a table gets its second
    page. Tables that have grown beyond that already are not bounded.
    """

    def __init__(self, household: Household) -> None:
        self._engine = household.core.database.engine
        self._maps: list[Path] = []

    def fill(self) -> None:
        self._maps = [path for path in self._all_maps() if not path.exists()]
        for path in self._maps:
            path.symlink_to("/dev/full")
        self._engine.dispose()

    def free(self) -> None:
        for path in self._maps:
            path.unlink()
        self._maps = []
        self._engine.dispose()  # sessions have the files open

    def _all_maps(self) -> Iterator[Path]:
        with self._engine.connect() as connection:
            folder = connection.exec_driver_sql("SHOW data_directory").scalar_one()
            for name in metadata.tables:
                file = connection.exec_driver_sql(f"SELECT pg_relation_filepath('{name}')").scalar_one()
                yield Path(folder, f"{file}_fsm")


def disk_of(household: Household) -> Disk:
    """The disk below a household's database, which must be a file or on a server of this machine."""
    return SqliteDisk(household) if household.core.database.dialect == "sqlite" else PostgresDisk(household)
