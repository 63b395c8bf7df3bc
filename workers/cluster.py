"""Workers as `dramatiq workers` runs them: one of these in each of its processes."""

import dramatiq

from identity_service import bootstrap, settings
from identity_service.notification.broker import EMBEDDED
from identity_service.settings import SettingsRefused
from identity_service.storage import migrate
from identity_service.telemetry.logging import configure_logging
from workers.actors import declare
from workers.relay import RelayThread
from workers.runtime import keep_logs_plain

CONNECTIONS = 12
"""For the 8 threads that `dramatiq` starts by default, and the relay; more threads wait for one another."""


class RelayMiddleware(dramatiq.Middleware):
    """Starts the relay with the process's workers, and stops it with them."""

    def __init__(self, relay: RelayThread) -> None:
        self._relay = relay

    def after_worker_boot(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        self._relay.start()

    def before_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        self._relay.stop()


def connect() -> None:
    """Make the configured broker Dramatiq's own, with the actors declared. Raises `SettingsRefused`."""
    configuration = settings.load()
    if configuration.broker_url.get_secret_value() == EMBEDDED:
        raise SettingsRefused("IDENTITY_BROKER_URL: workers in processes of their own need redis://…")
    configure_logging(configuration)
    keep_logs_plain()
    core = bootstrap.core(configuration, connections=CONNECTIONS)
    migrate.require_current(core.database)
    mailroom = bootstrap.mailroom(core)
    declare(core.broker, mailroom.delivery)
    core.broker.add_middleware(RelayMiddleware(RelayThread(mailroom.relay)))
    dramatiq.set_broker(core.broker)
