"""Databases for tests: each test gets its own, copied from one that was migrated once."""

import itertools
import os
import shutil
from pathlib import Path

import psycopg
import redis
from sqlalchemy import make_url

from tests.services.places import new_folder


def migrate(url: str) -> None:
    """Bring a database to the newest schema."""
    from identity_service.storage.database import Database
    from identity_service.storage.migrate import upgrade

    database = Database(url)
    try:
        upgrade(database)
    finally:
        database.close()


class SqliteDatabases:
    """Files in one folder."""

    def __init__(self) -> None:
        self._folder = new_folder("sqlite", may_be_lost=True)
        self._numbers = itertools.count(1)
        self._template: Path | None = None

    def create(self, *, migrated: bool = True) -> str:
        """The URL of a new database."""
        path = self._new_path()
        if migrated:
            shutil.copyfile(self._migrated(), path)
        return f"sqlite:///{path}"

    def drop(self, url: str) -> None:
        path = Path(url.removeprefix("sqlite:///"))
        for file in path.parent.glob(f"{path.name}*"):
            file.unlink()

    def remove(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def _new_path(self) -> Path:
        return self._folder / f"{next(self._numbers)}.sqlite"

    def _migrated(self) -> Path:
        if self._template is None:
            template = self._new_path()
            migrate(f"sqlite:///{template}")
            self._template = template
        return self._template


class PostgresDatabases:
    """Databases of one server. `url` names any database in it, and a user who may create others."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url.replace("postgresql+psycopg://", "postgresql://"))
        self._names = (f"identity_test_{os.getpid()}_{number}" for number in itertools.count(1))
        self._template: str | None = None
        self._created: set[str] = set()
        self._connection: psycopg.Connection | None = None

    def create(self, *, migrated: bool = True) -> str:
        """The URL of a new database."""
        return self._url_of(self._create(self._migrated() if migrated else "template0"))

    def drop(self, url: str) -> None:
        """Remove a database, and cut whoever is still connected to it."""
        self._drop(str(make_url(url).database))

    def remove(self) -> None:
        for name in list(self._created):
            self._drop(name)
        self.disconnect()

    def disconnect(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None

    def _migrated(self) -> str:
        if self._template is None:
            template = self._create("template0")
            migrate(self._url_of(template))
            self._template = template
        return self._template

    def _create(self, template: str) -> str:
        name = next(self._names)
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")  # half the time of WAL
        self._created.add(name)
        return name

    def _drop(self, name: str) -> None:
        self._execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self._created.discard(name)

    def _execute(self, statement: str) -> None:
        if self._connection is None:  # kept: another one each time would be a third of the cost of a database
            self._connection = psycopg.connect(self._url.render_as_string(hide_password=False), autocommit=True)
        self._connection.execute(statement)

    def _url_of(self, name: str) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)


class RedisDatabases:
    """The numbered databases of one Redis, in turn: what a test left running disturbs none of the next."""

    def __init__(self, url: str, numbers: range) -> None:
        self._url = make_url(url)
        self._numbers = itertools.cycle(numbers)

    def empty(self) -> str:
        """The URL of a database with nothing in it."""
        url = self._url.set(database=str(next(self._numbers))).render_as_string(hide_password=False)
        with redis.Redis.from_url(url) as client:
            client.flushdb()
        return url
