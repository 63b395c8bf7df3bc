"""Who works at the cores, and who comes next."""

import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock


class Turns:
    """Lets `running` callers work at a time, and the others one after the other, as they came.

    A turn is handed over, where a semaphore would let whoever comes at that moment overtake those who wait.
    """

    def __init__(self, running: int) -> None:
        self._free = running
        self._waiting: deque[Event] = deque()
        self._lock = Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Work inside the block, however long it takes until it is one's turn."""
        self._come()
        try:
            yield
        finally:
            self._leave()

    def _come(self) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            called = Event()
            self._waiting.append(called)
        called.wait()

    def _leave(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1


def available_cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))  # what a container was given, where the system can tell
    return os.cpu_count() or 1
