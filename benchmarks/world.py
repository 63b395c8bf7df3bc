"""What the service needs around it: PostgreSQL, Redis and an SMTP server, each in a process of its own."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Self, cast

import redis

from identity_service import secret_keys
from identity_service.secret_keys import KeyRing
from identity_service.storage.database import Database
from tests.services.api_keys import new_api_key
from tests.services.places import free_port, new_folder
from tests.services.postgres import PostgresServer
from tests.services.redis import RedisServer

BROKER_DATABASE, LIMITS_DATABASE = 0, 1


class Sink:
    """The SMTP server's process, and what it has accepted."""

    def __init__(self, folder: Path, delay_ms: int = 0) -> None:
        """It answers the content of each mail after `delay_ms`."""
        self._log = folder / "accepted"
        self._log.touch()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.sink", str(self._log), str(delay_ms)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.url = f"smtp://127.0.0.1:{int(cast(IO[str], self._process.stdout).readline())}"

    def accepted(self) -> dict[str, float]:
        """When the latest mail to each address was accepted (`time.monotonic`)."""
        lines = (line.split() for line in self._log.read_text().splitlines())
        return {recipient: float(seconds) for recipient, seconds in lines}

    def close(self) -> None:
        self._process.communicate()


class World:
    """PostgreSQL that waits for the disk at every commit, Redis, and the sink."""

    def __init__(self) -> None:
        with ExitStack() as stack:
            self.folder = new_folder("benchmarks")
            stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
            self.postgres = PostgresServer(durable=True)
            stack.callback(self.postgres.remove)
            self.redis = RedisServer()
            stack.callback(self.redis.remove)
            self.sink = Sink(self.folder)
            stack.callback(self.sink.close)
            self.secret_keys = secret_keys.generate()
            self._stack = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def key_ring(self) -> KeyRing:
        return KeyRing.parse(self.secret_keys)

    def new_database(self) -> str:
        """The URL of an empty database of the newest schema."""
        return self.postgres.databases.create()

    def settings(self, database_url: str) -> dict[str, str]:
        """For `serve` and `worker` as in production, on free ports and without rate limits."""
        return {
            "DATABASE_URL": database_url,
            "BROKER_URL": self.redis.url(BROKER_DATABASE),
            "LIMITS_URL": self.redis.url(LIMITS_DATABASE),
            "SENDER": self.sink.url,
            "SECRET_KEYS": self.secret_keys,
            "RATE_LIMITS": "off",
            "GRPC_PIN_CORES": "true",
            "LOG_FORMAT": "json",
            "GRPC_ADDRESS": f"127.0.0.1:{free_port()}",
            "HTTP_ADDRESS": f"127.0.0.1:{free_port()}",
        }

    def api_key(self, settings: dict[str, str]) -> str:
        """A key of the service with these settings, with every scope."""
        return new_api_key({f"IDENTITY_{name}": value for name, value in settings.items()})

    def broker(self) -> "redis.Redis":
        return self.redis.client(BROKER_DATABASE)


@contextmanager
def opened(database_url: str) -> Iterator[Database]:
    """The benchmark's own connections to a database of the service."""
    database = Database(database_url, pool_size=2)
    try:
        yield database
    finally:
        database.close()
