"""Which database: what a URL must look like. Objections quote nothing of it, because it may hold a password."""

import warnings
from typing import Final

from sqlalchemy import URL, exc, make_url

_DRIVERS: Final = {"postgresql": "postgresql+psycopg", "sqlite": "sqlite+pysqlite"}
_EXPECTED = "write postgresql://user:password@host/name or sqlite:///path"


class DatabaseUrlRefused(ValueError):
    """Nothing can be made of the URL; the text says why, and is fit for anybody."""


def read_url(text: str) -> URL:
    """The URL of a supported database, with its driver. Raises `DatabaseUrlRefused`."""
    try:
        url: URL | None = make_url(text)
    except (exc.ArgumentError, ValueError):
        url = None
    # An `@` in the host is the rest of a password that has one: it would be shown and looked up as a name.
    if url is None or url.get_backend_name() not in _DRIVERS or "@" in (url.host or ""):
        raise DatabaseUrlRefused(_EXPECTED)
    url = url.set(drivername=_DRIVERS[url.get_backend_name()])
    _refuse_unknown_options(url)
    return url


def _refuse_unknown_options(url: URL) -> None:
    """At the first connection the driver would refuse, or ignore, what stands behind the `?`."""
    try:
        with warnings.catch_warnings(action="error"):
            url.get_dialect()().create_connect_args(url)
        if url.get_backend_name() == "postgresql":
            _refuse_unknown_to_postgres(url)
    except (ValueError, TypeError, exc.SAWarning, exc.ArgumentError):
        raise DatabaseUrlRefused("an option behind the ? is unknown, or has a value that it cannot have") from None


def _refuse_unknown_to_postgres(url: URL) -> None:
    from psycopg import ProgrammingError, conninfo  # not loaded for SQLite

    int(str(url.query.get("connect_timeout", 0)))
    try:
        conninfo.make_conninfo(**dict.fromkeys(url.query, "1"))
    except ProgrammingError:
        raise ValueError from None
