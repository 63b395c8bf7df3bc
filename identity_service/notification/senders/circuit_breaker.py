"""Decides whether a sender is worth trying, from what came of the last tries."""

import threading
import time
from collections.abc import Callable

FAILURES_TO_OPEN = 3
LAST_ATTEMPT = 2
"""From the attempt after this on, a mail is kept from a sender that has failed it so often: it may have to hurry."""
FIRST_PAUSE_SECONDS = 30.0
LONGEST_PAUSE_SECONDS = 300.0
PROBE_SECONDS = 60.0
"""How long a probe may take before it counts as lost; a send takes less."""


class CircuitBreaker:
    """Opens when a sender fails again and again, and lets a single mail probe it after each pause.

    For the threads of one process; each process finds out for itself. Only first attempts probe: a mail that has failed
    once does not wait for another time-out, as long as another sender takes it. `now` is in seconds.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._failures = 0
        self._pause = FIRST_PAUSE_SECONDS
        self._open_until: float | None = None
        self._probing = False

    @property
    def is_open(self) -> bool:
        """Whether the sender counts as failing."""
        return self._open_until is not None

    def admits(self, attempt: int) -> bool:
        """Whether a mail should be tried, given how often it has been tried, this time included.

        What comes of it must be told to `succeeded` or `failed`.
        """
        with self._lock:
            if self._open_until is None:
                return attempt == 1 or (attempt <= LAST_ATTEMPT and not self._failures)
            if attempt > 1 or self._now() < self._open_until:
                return False
            self._probing, self._open_until = True, self._now() + PROBE_SECONDS
            return True

    def succeeded(self) -> bool:
        """The sender works. True if it did not before."""
        with self._lock:
            was_open = self._open_until is not None
            self._failures, self._open_until, self._probing = 0, None, False
            self._pause = FIRST_PAUSE_SECONDS
            return was_open

    def failed(self) -> bool:
        """The sender could not send. True if it has just been given up."""
        with self._lock:
            self._failures += 1
            if self._open_until is None and self._failures >= FAILURES_TO_OPEN:
                self._open_until = self._now() + self._pause
                return True
            if self._probing:
                self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)
                self._probing, self._open_until = False, self._now() + self._pause
            return False
