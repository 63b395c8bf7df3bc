"""Whether the database answers, has this release's schema, and takes writes. One that does not exist is not made."""

import time
from collections.abc import Iterator

from identity_service.bootstrap import configured
from identity_service.clock import utc_now
from identity_service.notification.senders import Finding, Level
from identity_service.settings import Settings
from identity_service.storage import schema
from identity_service.storage.database import Database
from identity_service.storage.errors import DatabaseUnavailable
from identity_service.storage.queries import api_keys


def database(configuration: Settings) -> Iterator[Finding]:
    opened = configured.database(configuration)
    where = opened.url.set(query={}).render_as_string(hide_password=True)  # a query may hold a password, too
    if opened.file is not None and not opened.file.exists():
        yield Finding(Level.PROBLEM, f"{where} does not exist yet", "run `identity-service migrate`")
        return
    try:
        yield Finding(Level.OK, f"{where} answers in {_milliseconds(opened):.1f} ms")
        yield from _of_contents(opened)
    except DatabaseUnavailable as error:
        yield Finding(Level.PROBLEM, f"{where} cannot be used: {error.cause}", error.remedy)


def _of_contents(opened: Database) -> Iterator[Finding]:
    version = schema.current(opened)
    yield _of_schema(version)
    if version == schema.NEEDED:
        yield _of_callers(opened)
        opened.require_writable()


def _of_callers(opened: Database) -> Finding:
    with opened.connect() as connection:
        number = api_keys.count_live(connection, utc_now())
    if number:
        return Finding(Level.OK, f"API keys that work: {number}")
    return Finding(Level.WARNING, "no API key works: `serve` lets nobody in", "run `identity-service keys create`")


def _milliseconds(opened: Database) -> float:
    started = time.perf_counter()
    opened.ping()
    return (time.perf_counter() - started) * 1000


def _of_schema(version: str | None) -> Finding:
    if version == schema.NEEDED:
        return Finding(Level.OK, f"schema {version}")
    return Finding(Level.PROBLEM, f"schema {version or 'missing'}, not {schema.NEEDED}", schema.remedy(version))
