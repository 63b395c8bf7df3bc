"""The one connection a thread keeps, and when it can be trusted again."""

import threading
from collections.abc import Callable
from time import monotonic

from identity_service.deadline import Deadline
from identity_service.notification.senders.smtp.server import SmtpTimeouts
from identity_service.notification.senders.smtp.wire import Wire


class KeptConnection:
    """Opens on demand and is kept between mails. Whoever uses or closes it holds `lock`."""

    def __init__(self, connect: Callable[[Deadline], Wire], timeouts: SmtpTimeouts) -> None:
        self.lock = threading.Lock()
        self._connect = connect
        self._timeouts = timeouts
        self._wire: Wire | None = None
        self._used_at = 0.0

    def reuse(self, deadline: Deadline) -> Wire | None:
        """The kept connection, if there is one and it seems alive."""
        if self._wire is not None and not self._is_usable(self._wire, deadline):
            self.drop()
        return self._wire

    def open(self, deadline: Deadline) -> Wire:
        """A new connection, instead of the kept one."""
        self.drop()
        self._wire = self._connect(deadline)
        return self._wire

    def keep(self) -> None:
        """The connection did its work and is clean: it may serve the next mail."""
        self._used_at = monotonic()

    def drop(self) -> None:
        """Closes without ceremony. After an error nobody knows what the server still remembers."""
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.close()

    def say_goodbye(self) -> None:
        """Closes politely."""
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.say_goodbye()

    def __del__(self) -> None:  # a thread that ends takes its connection along
        self.drop()

    def _is_usable(self, wire: Wire, deadline: Deadline) -> bool:
        if wire.has_something_unread():  # the end, a 421, or an answer that would pass for the next one
            return False
        idle = monotonic() - self._used_at
        if idle > self._timeouts.probe_after_idle and not wire.asks("NOOP", deadline.within(self._timeouts.probe)):
            return False
        wire.deadline = deadline
        return True
