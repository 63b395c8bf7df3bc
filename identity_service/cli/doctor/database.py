"""Whether the database answers, tells the same time, has this release's schema, and takes writes.

One that does not exist is not made.
"""

import time
from collections.abc import Iterator
from datetime import timedelta

from identity_service.bootstrap import configured
from identity_service.clock import Clock, utc_now
from identity_service.notification.senders import Finding, Level
from identity_service.settings import Settings
from identity_service.storage import schema
from identity_service.storage.database import Database
from identity_service.storage.errors import DatabaseUnavailable
from identity_service.storage.queries import api_keys

LARGEST_DIFFERENCE = timedelta(seconds=5)
"""Between two clocks, and no matter: leases are a minute long, and codes live for ten."""


def database(configuration: Settings, now: Clock = utc_now) -> Iterator[Finding]:
    opened = configured.database(configuration)
    where = opened.url.set(query={}).render_as_string(hide_password=True)  # a query may hold a password, too
    if opened.file is not None and not opened.file.exists():
        yield Finding(Level.PROBLEM, f"{where} does not exist yet", "run `identity-service migrate`")
        return
    try:
        yield Finding(Level.OK, f"{where} answers in {_milliseconds(opened):.1f} ms")
        yield from _of_clock(opened, now)
        yield from _of_contents(opened)
    except DatabaseUnavailable as error:
        yield Finding(Level.PROBLEM, f"{where} cannot be used: {error.cause}", error.remedy)


def _of_clock(opened: Database, now: Clock) -> Iterator[Finding]:
    if opened.dialect != "postgresql":
        return
    before, theirs, after = now(), opened.now(), now()
    difference = max(before - theirs, theirs - after)
    if difference > LARGEST_DIFFERENCE:
        text = f"this machine's clock and the database's differ by {difference.total_seconds():.0f} s"
        yield Finding(Level.WARNING, text, "keep the clocks of all machines in step, for example by NTP")


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
