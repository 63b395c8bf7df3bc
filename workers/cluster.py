"""Workers as `dramatiq workers` runs them: one of these in each of its processes."""

import dramatiq

from identity_service import bootstrap
from identity_service.notification.broker import EMBEDDED
from identity_service.settings import Settings, SettingsRefused
from workers.actors import declare
from workers.relay import RelayThread
from workers.runtime import keep_logs_plain

CONNECTIONS = 12
"""For the 8 threads that `dramatiq` starts by default, and the relay; more threads wait for one another."""


class Lifecycle(dramatiq.Middleware):
    """Starts the relay with the process's workers, stops it with them, and closes what they used when they are done."""

    def __init__(self, core: bootstrap.Core, mailroom: bootstrap.Mailroom) -> None:
        self._core = core
        self._mailroom = mailroom
        self._relay = RelayThread(mailroom.relay)

    def after_worker_boot(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        self._relay.start()

    def before_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        self._relay.stop()

    def after_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        self._mailroom.senders.close()  # not before: mails in hand are finished first
        self._core.close()


def connect(configuration: Settings) -> None:
    """Make the configured broker Dramatiq's own, with the actors declared. Raises `SettingsRefused`."""
    if configuration.broker_url.get_secret_value() == EMBEDDED:
        raise SettingsRefused("IDENTITY_BROKER_URL: workers in processes of their own need redis://…")
    keep_logs_plain()
    core = bootstrap.build_core(configuration, connections=CONNECTIONS)
    bootstrap.require_schema(core.database)
    mailroom = bootstrap.build_mailroom(core)
    declare(core.broker, mailroom.delivery, mailroom.messages, mailroom.fan_out)
    core.broker.add_middleware(Lifecycle(core, mailroom))
    dramatiq.set_broker(core.broker)
