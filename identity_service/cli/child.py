"""A process started by `processes`: takes its order from standard input and runs it."""

import os
import pickle
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from identity_service.cli.failures import reported
from identity_service.cli.memory import let_memory_grow
from identity_service.cli.urgency import give_way
from identity_service.settings import SettingsRefused


@dataclass(frozen=True, slots=True)
class Order:
    """What a child is to do, how long it may take to stop, and whether others have the cores first."""

    target: Callable[..., None]
    arguments: tuple[Any, ...]
    stop_seconds: float
    gives_way: bool


def main() -> None:
    """Run the order. The exit code is 0 if it returns, its own if it exits, 1 if it fails.

    A refused setting ends it with `EX_CONFIG`, so that the supervisor does not try again.
    """
    # Or gRPC writes a line, in a form of its own, for each connection that TLS refuses: a port scan would fill the log.
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
    sys.path[:] = pickle.load(sys.stdin.buffer)  # noqa: S301 from the supervisor, which is this very program
    let_memory_grow()
    order: Order = pickle.load(sys.stdin.buffer)  # noqa: S301
    threading.Thread(target=_outlive_no_supervisor, args=(order.stop_seconds,), daemon=True).start()
    if order.gives_way:
        give_way()
    try:
        order.target(*order.arguments)
    except SettingsRefused as refusal:
        sys.exit(reported(refusal))


def _outlive_no_supervisor(stop_seconds: float) -> None:
    """Wait until the supervisor is gone, which closes standard input; then stop as if it had asked to."""
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(stop_seconds)
    os._exit(1)
