"""identity-service worker: worker processes by urgency. Mails with codes have their own: nothing delays them."""

import argparse

from identity_service import bootstrap, settings
from identity_service.cli import checks
from identity_service.cli.memory import settle_memory
from identity_service.cli.processes import ChildProcess, supervise
from identity_service.cli.roles import GROUPS, SPARE_CONNECTIONS, WorkerRole
from identity_service.cli.signals import stop_requested
from identity_service.notification.broker import EMBEDDED
from identity_service.settings import Settings, SettingsRefused
from identity_service.telemetry.logging import configure_logging

NOTES = """\
Needs the settings that the servers have, with Redis in IDENTITY_BROKER_URL. Run as many as you like, anywhere. SIGTERM
lets mails under way finish. `dramatiq workers --queues high` places a queue by itself.
"""

STOP_SECONDS = 85.0
"""For the mails under way: 45 s to send one, and half a minute to record it while the database is away."""


def run(arguments: argparse.Namespace) -> int:
    configuration = settings.load()
    if configuration.broker_url.get_secret_value() == EMBEDDED:
        raise SettingsRefused(
            "IDENTITY_BROKER_URL is `embedded`: `dev` and `serve` deliver by themselves then. "
            "Workers in processes of their own need redis://…"
        )
    configure_logging(configuration)
    checks.refuse_unfit(configuration, listens=False)
    groups = [
        # Where cores are scarce, a campaign gets what mails with codes leave.
        ChildProcess(f"worker-{name}", run_worker, (configuration, queues), gives_way="high" not in queues)
        for name, queues in GROUPS.items()
    ]
    return supervise(groups, stop_seconds=STOP_SECONDS)


def run_worker(configuration: Settings, queues: tuple[str, ...]) -> None:
    """One worker process."""
    stop = stop_requested()
    configure_logging(configuration)
    core = bootstrap.build_core(configuration, connections=configuration.worker_threads + SPARE_CONNECTIONS)
    worker = WorkerRole(core, bootstrap.build_mailroom(core), queues)
    worker.start()
    settle_memory()
    stop.wait()
    worker.stop(STOP_SECONDS - 5)
    core.close()
