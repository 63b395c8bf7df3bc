"""Signals for the main thread: waited for by a supervisor, or turned into an event."""

import os
import select
import signal
import threading
from types import FrameType, TracebackType

_STOP = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}


class Signals:
    """While entered, stop signals and deaths of children are waited for instead of acted upon."""

    def __init__(self) -> None:
        self._previous = {number: signal.getsignal(number) for number in (*_STOP, signal.SIGCHLD)}

    def __enter__(self) -> "Signals":
        self._read_end, self._write_end = os.pipe()
        os.set_blocking(self._read_end, False)
        os.set_blocking(self._write_end, False)
        self._previous_wakeup = signal.set_wakeup_fd(self._write_end, warn_on_full_buffer=False)
        for number in self._previous:
            signal.signal(number, _note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._previous_wakeup)
        os.close(self._read_end)
        os.close(self._write_end)

    def stop_within(self, seconds: float) -> bool:
        """Sleep until any of these signals or `seconds` have passed; True if one of them was to stop."""
        readable, _, _ = select.select([self._read_end], [], [], seconds)
        received = os.read(self._read_end, 512) if readable else b""
        return any(number in _STOP for number in received)


def stop_requested() -> threading.Event:
    """An event that SIGTERM, SIGINT and SIGHUP set from now on. Call it in the main thread, early, once."""
    event = threading.Event()
    for number in _STOP:
        signal.signal(number, lambda *_: event.set())
    return event


def _note(number: int, frame: FrameType | None) -> None:
    """Python has written the number to the wakeup descriptor already."""
