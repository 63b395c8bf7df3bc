"""Runs several processes under one command: starts them, restarts those that die, and ends them together.

Each child is a fresh interpreter (see `child`), so nothing that must not survive a fork, gRPC above all, is
ever forked. It gets what to run over its standard input, which stays open: when the supervisor dies, even by
SIGKILL, the children notice and stop. Each is a process group of its own: Ctrl-C reaches only the supervisor.
"""

import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, Any, cast

import structlog

from identity_service.cli import child
from identity_service.cli.failures import EX_CONFIG
from identity_service.cli.signals import Signals

_log = structlog.get_logger(__name__)

_COMMAND = [sys.executable, "-c", f"from {child.__name__} import main; main()"]


ONE_REQUEST_SECONDS = 1.0
"""Signals this close together are one request to stop: `timeout` and some init systems send it twice."""


@dataclass(frozen=True, slots=True)
class ChildProcess:
    """A process to keep running. `target` is a module-level function; its arguments can be pickled."""

    name: str
    target: Callable[..., None]
    arguments: tuple[Any, ...] = field(default=(), repr=False)
    gives_way: bool = False
    """Has, where cores are scarce, what the others leave, and a session of its own for that (see `urgency`)."""


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """The pause before a restart doubles with every crash, and starts again after a good run."""

    first_seconds: float = 0.5
    longest_seconds: float = 30.0
    good_run_seconds: float = 60.0


def supervise(
    children: Sequence[ChildProcess], *, stop_seconds: float = 20.0, restarts: RestartPolicy | None = None
) -> int:
    """Keep `children` running until SIGTERM, SIGINT or SIGHUP; then end them within `stop_seconds`.

    Answers the exit code: 0 after a signal, also if a child had to be killed (which is logged). A child that
    exits with `EX_CONFIG` says that trying again is of no use: the others are stopped and that code
    is answered. A later second signal kills at once what still runs. Call it in the main thread.
    """
    crew = [_Member(spec, restarts or RestartPolicy(), stop_seconds) for spec in children]
    with Signals() as signals:
        try:
            return _keep_running(crew, signals)
        finally:
            _stop(crew, signals, stop_seconds)


def _keep_running(crew: Sequence["_Member"], signals: Signals) -> int:
    while True:
        for member in crew:
            if member.tend() == EX_CONFIG:
                return EX_CONFIG
        if signals.stop_within(max(0.0, min(member.seconds_to_wait() for member in crew))):
            return 0


def _stop(crew: Sequence["_Member"], signals: Signals, stop_seconds: float) -> None:
    asked = time.monotonic()
    for member in crew:
        member.terminate()
    while any(member.is_running() for member in crew):
        waited = time.monotonic() - asked
        again = waited < stop_seconds and signals.stop_within(stop_seconds - waited)
        if waited >= stop_seconds or (again and time.monotonic() - asked > ONE_REQUEST_SECONDS):
            break
    for member in crew:
        member.end()


class _Member:
    """One child over all its restarts."""

    def __init__(self, spec: ChildProcess, restarts: RestartPolicy, stop_seconds: float) -> None:
        self._spec = spec
        self._restarts = restarts
        self._stop_seconds = stop_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._due = 0.0
        self._pause = restarts.first_seconds

    def tend(self) -> int | None:
        """Start the child if it is due; answers its exit code if it has just died."""
        if self._process is None:
            if time.monotonic() >= self._due:
                self._start()
            return None
        code = self._process.poll()
        if code is not None:
            self._bury(self._process)
        return code

    def seconds_to_wait(self) -> float:
        """Until this child wants to be tended to; its death is a signal."""
        return 60.0 if self._process is not None else self._due - time.monotonic()

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def terminate(self) -> None:
        """Ask the child to stop."""
        if self._process is not None and self.is_running():
            self._process.terminate()

    def end(self) -> None:
        """Kill the child if it still runs, and release what it held."""
        if self._process is None:
            return
        if self.is_running():
            _log.error("process.killed", process=self._spec.name, pid=self._process.pid)
            self._process.kill()
        self._process.wait()
        _close_input(self._process)

    def _start(self) -> None:
        spec = self._spec
        self._process = subprocess.Popen(  # noqa: S603 fixed words
            _COMMAND,
            stdin=subprocess.PIPE,
            start_new_session=spec.gives_way,
            process_group=None if spec.gives_way else 0,
        )
        self._started = time.monotonic()
        order = child.Order(spec.target, spec.arguments, self._stop_seconds, spec.gives_way)
        _hand_over(self._process, order)
        _log.info("process.started", process=self._spec.name, pid=self._process.pid)

    def _bury(self, process: subprocess.Popen[bytes]) -> None:
        _close_input(process)
        self._process = None
        lived = time.monotonic() - self._started
        pause = self._restarts.first_seconds if lived >= self._restarts.good_run_seconds else self._pause
        self._pause = min(pause * 2, self._restarts.longest_seconds)
        self._due = time.monotonic() + pause
        _log.error("process.exited", process=self._spec.name, code=process.returncode, lived=round(lived, 1))


def _hand_over(process: subprocess.Popen[bytes], order: child.Order) -> None:
    stdin = cast(IO[bytes], process.stdin)
    with suppress(BrokenPipeError):  # it died at once; its exit code tells
        stdin.write(pickle.dumps(sys.path) + pickle.dumps(order))
        stdin.flush()


def _close_input(process: subprocess.Popen[bytes]) -> None:
    with suppress(BrokenPipeError):
        cast(IO[bytes], process.stdin).close()
