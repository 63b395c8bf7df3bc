"""How many threads of a process may deliver messages to many, and who of those that found none free is next."""

from collections import deque
from threading import Lock

from identity_service.notification.broker import Due


class Lanes:
    """So many may be in at once. Whoever finds no room waits here without a thread, and is handed off when there is.

    What waits when the process ends is lost, as a message in Redis may be: the next waking makes it good.
    """

    def __init__(self, number: int) -> None:
        self._number = self._free = number
        self._waiting: deque[Due] = deque()
        self._lock = Lock()

    def enter(self, due: Due) -> bool:
        """Whether there is room; otherwise `due` waits. Whoever is in has to `leave`."""
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            self._waiting.append(due)
            return False

    def leave(self) -> list[Due]:
        """Make room; who is to be handed off for it, having waited longest.

        Others may come before them, and they may come to another process. So all go when nobody is in to call them.
        """
        with self._lock:
            self._free += 1
            number = len(self._waiting) if self._free == self._number else self._free
            return [self._waiting.popleft() for _ in range(min(number, len(self._waiting)))]
