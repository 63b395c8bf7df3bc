"""How many passwords are hashed at once, and how many callers wait for it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import BoundedSemaphore

from identity_service.errors import LimitExceeded


class HashingBusy(LimitExceeded):
    """More passwords wait to be hashed than the processor can work off soon."""

    reason = "SERVER_BUSY"
    message = "The server is busy. Try again in a moment."


class Turns:
    """Lets `running` callers work at a time, and at most `waiting` queue, for at most `patience`.

    The others are told to come back at once, so that a storm of registrations takes neither the memory nor all the
    threads of the server.
    """

    def __init__(self, running: int, waiting: int, patience: timedelta) -> None:
        self._running = BoundedSemaphore(running)
        self._waiting = BoundedSemaphore(waiting)
        self._patience = patience.total_seconds()

    def require_room(self) -> None:
        """Raise `HashingBusy` if at this moment nobody could work or queue; keeps no place."""
        for places in (self._running, self._waiting):
            if places.acquire(blocking=False):
                places.release()
                return
        raise HashingBusy(timedelta(seconds=1))

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Work inside the block. Raises `HashingBusy`."""
        if not self._running.acquire(blocking=False):
            self._queue()
        try:
            yield
        finally:
            self._running.release()

    def _queue(self) -> None:
        if not self._waiting.acquire(blocking=False):
            raise HashingBusy(timedelta(seconds=1))
        try:
            if not self._running.acquire(timeout=self._patience):
                raise HashingBusy(timedelta(seconds=1))
        finally:
            self._waiting.release()


def available_cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))  # what a container was given, where the system can tell
    return os.cpu_count() or 1
