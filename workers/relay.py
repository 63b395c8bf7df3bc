"""Runs the relay beside the workers of a process. Any number of processes may: each takes rows no other has locked."""

from threading import Event, Thread

import structlog

from identity_service.errors import Unavailable
from identity_service.notification.relay import Relay

log = structlog.get_logger(__name__)

INTERVAL_SECONDS = 1.0
OUTAGE_INTERVAL_SECONDS = 2.0


class RelayThread:
    """Looks for due mails every second until it is stopped; an outage of the database only slows it down."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._stop = Event()
        self._thread = Thread(target=self._run, name="relay", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        self._stop.set()
        self._thread.join(timeout)

    def _run(self) -> None:
        pause = 0.0
        while not self._stop.wait(pause):
            pause = self._look()

    def _look(self) -> float:
        try:
            self._relay.run_once()
        except Unavailable:
            return OUTAGE_INTERVAL_SECONDS
        except Exception:
            log.exception("relay_failed")
            return OUTAGE_INTERVAL_SECONDS
        return INTERVAL_SECONDS
