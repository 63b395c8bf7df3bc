"""The engine and its transactions. Journeys open them; queries only use them."""

import os
import select
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, exc, text
from sqlalchemy import Connection as Connection  # for journeys, which only hand it on

from identity_service.ids import new_id
from identity_service.storage.database_url import read_url
from identity_service.storage.failures import raise_translated, told

POOL_SIZE = 20
POOL_TIMEOUT_SECONDS = 3
CONNECT_TIMEOUT_SECONDS = 3
STATEMENT_TIMEOUT_MS = 10_000
SQLITE_BUSY_TIMEOUT_MS = 10_000


class Transaction:
    """One open transaction: everything in it is written, or nothing."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._after_commit: list[Callable[[], None]] = []

    def after_commit(self, act: Callable[[], None]) -> None:
        """Run `act` once the transaction is committed; never when it is rolled back."""
        self._after_commit.append(act)

    def committed(self) -> None:
        for act in self._after_commit:
            act()


class Connecting:
    """A connection of the pool for the time of a `with`; failures to reach the database come out translated.

    A class, because this surrounds every query, and a generator would cost twice as much.
    """

    __slots__ = ("_connection", "_engine")

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __enter__(self) -> Connection:
        try:
            self._connection = self._engine.connect()
        except (exc.DBAPIError, exc.TimeoutError) as error:
            raise_translated(error)
        return self._connection

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
        if isinstance(error, exc.DBAPIError | exc.TimeoutError):
            raise_translated(error)


class Database:
    """A pool of connections to PostgreSQL or SQLite. Raises `DatabaseUrlRefused` for any other URL.

    Connections are in autocommit mode: a lone statement costs one round trip, and `begin` says where a
    transaction starts. Failures to reach the database come out as `DatabaseUnavailable`, or as what is one
    (storage/errors.py).
    """

    def __init__(self, url: str, *, pool_size: int = POOL_SIZE) -> None:
        self.url = read_url(url)
        self.engine = _engine(self.url, pool_size)
        if self.file is not None:
            event.listen(self.engine, "do_connect", _make_private)
        self._begin = "BEGIN IMMEDIATE" if self.dialect == "sqlite" else "BEGIN"

    @property
    def dialect(self) -> str:
        """`postgresql` or `sqlite`."""
        return self.url.get_backend_name()

    @property
    def file(self) -> Path | None:
        """Where SQLite keeps it; None if a server does, or memory, or if SQLite is to read a URI. It is not made here:
        a database that nobody has migrated is not to appear by being looked for."""
        name = self.url.database or ":memory:"
        if self.dialect != "sqlite" or name == ":memory:" or name.startswith("file:"):
            return None
        return Path(name)

    def connect(self) -> "Connecting":
        """A connection on which every statement commits by itself: for reads, and for what must not be undone."""
        return Connecting(self.engine)

    @contextmanager
    def begin(self, *, single_write: bool = False) -> Iterator[Transaction]:
        """A transaction, committed when the block ends and rolled back when it raises.

        `single_write` promises that the block, whatever it reads, writes by one statement or batch. That is atomic by
        itself on PostgreSQL, so BEGIN and COMMIT are spared there, which are two round trips.
        """
        if single_write and self.dialect == "postgresql":
            with self.connect() as connection:
                transaction = Transaction(connection)
                yield transaction
            transaction.committed()
            return
        with self.connect() as connection:
            transaction = Transaction(connection)
            try:
                connection.exec_driver_sql(self._begin)
                yield transaction
                _commit(connection)
            except BaseException:
                _roll_back(connection)
                raise
        transaction.committed()

    def ping(self) -> None:
        """Return if the database answers, raise `DatabaseUnavailable` if not."""
        with self.connect() as connection:
            connection.execute(text("SELECT 1"))

    def now(self) -> datetime:
        """The time by the clock of PostgreSQL's machine."""
        with self.connect() as connection:
            moment: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        return moment

    def require_writable(self) -> None:
        """Raise `DatabaseReadOnly` if it takes no writes. Writes nothing; the schema has to be there."""
        with self.connect() as connection:
            connection.exec_driver_sql("DELETE FROM users WHERE 1 = 0")  # refused all the same

    def forget_overwritten(self) -> None:
        """Drop what SQLite still has in its log of rows that were changed or deleted; waits for those who are at work.

        PostgreSQL sees to it by itself, in its own time.
        """
        if self.dialect == "sqlite":
            with self.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").all()

    def close(self) -> None:
        self.engine.dispose()


def _engine(url: URL, pool_size: int) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(
            url,
            isolation_level="AUTOCOMMIT",
            pool_size=pool_size,
            pool_reset_on_return=None,
            hide_parameters=True,
        )
        event.listen(engine, "connect", _prepare_sqlite)
        return engine
    engine = create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_SECONDS,
        pool_use_lifo=True,
        hide_parameters=True,  # an error's text would otherwise quote what it was to write
        pool_reset_on_return=None,
        connect_args=_postgres_arguments(url.query),
    )
    event.listen(engine, "checkout", _replace_dead)
    return engine


def _postgres_arguments(query: Mapping[str, Any]) -> dict[str, Any]:
    # Our statements are few and find their rows by an index. So one plan does for all parameters, and none may be
    # kept that was made by reading the whole of a table when that was small.
    plans = "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off"
    options = f"-c timezone=UTC -c statement_timeout={STATEMENT_TIMEOUT_MS} {plans}"
    return {
        "prepare_threshold": None,  # storage/prepared.py prepares, and psycopg would drop it all at each ROLLBACK
        "connect_timeout": int(query.get("connect_timeout", CONNECT_TIMEOUT_SECONDS)),
        "options": f"{options} {query.get('options', '')}".strip(),
        # A server that vanishes without a word is noticed after about 10 s, not after TCP's two hours.
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,
        "application_name": query.get("application_name", "identity-service"),
    }


def _replace_dead(connection: Any, _record: object, _proxy: object) -> None:
    """An idle connection has nothing to read unless the server has closed it: then it and its like are replaced.

    A look at the socket costs 5 µs, where asking the server would cost a round trip.
    """
    if connection.closed or _is_readable(connection.fileno()):
        raise exc.InvalidatePoolError()


def _is_readable(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


def _make_private(_dialect: object, _record: object, arguments: list[Any], _options: object) -> None:
    """Make a file that is not there yet, for its owner alone. SQLite gives its log, too, the rights of the file.

    One that is there is not even opened: to close it would drop the locks that SQLite has on it in this process.
    """
    with suppress(OSError):  # SQLite says it better
        os.close(os.open(arguments[0], os.O_CREAT | os.O_EXCL, 0o600))


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")  # what is erased does not stay behind in the file
    connection.execute(f"PRAGMA busy_timeout = {SQLITE_BUSY_TIMEOUT_MS}")
    connection.create_function("new_id", 0, lambda: new_id().hex)  # for rows that are made by INSERT … SELECT


def _driver(connection: Connection) -> Any:
    """The driver's own connection. SQLAlchemy's BEGIN and COMMIT would cost more than the commands do."""
    return connection.connection.driver_connection


def _commit(connection: Connection) -> None:
    try:
        _driver(connection).execute("COMMIT")
    except Exception as error:
        raise told(error) from error


def _roll_back(connection: Connection) -> None:
    """Leave no open transaction on a pooled connection; a connection that cannot is thrown away."""
    try:
        _driver(connection).execute("ROLLBACK")
    except Exception:
        connection.invalidate()
