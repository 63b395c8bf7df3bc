"""What all parts of a process share."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import structlog

from identity_service.bootstrap import configured
from identity_service.bootstrap.profiles import composers, default_profile
from identity_service.clock import Clock, utc_now
from identity_service.notification.broker import Broker, DramatiqHandOff
from identity_service.notification.mails import Composers
from identity_service.notification.overrides import OverrideDirectory
from identity_service.notification.rendering.renderer import Renderer
from identity_service.notification.retries import RetrySchedules
from identity_service.secret_keys import KeyRing
from identity_service.settings import Settings, SettingsRefused
from identity_service.storage import schema
from identity_service.storage.database import Database
from identity_service.storage.errors import DatabaseUnavailable
from identity_service.tenants.directory import TenantDirectory

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Core:
    """What every process has."""

    settings: Settings
    clock: Clock
    database: Database
    tenants: TenantDirectory
    key_ring: KeyRing
    broker: Broker
    hand_off: DramatiqHandOff
    schedules: RetrySchedules
    composers: Composers
    renderer: Callable[[], Renderer]
    """Made when it is asked for the first time: it compiles all templates."""
    overrides: OverrideDirectory

    def close(self) -> None:
        self.hand_off.close()
        self.broker.close()
        self.database.close()


def build_core(settings: Settings, clock: Clock = utc_now, *, connections: int = 20) -> Core:
    """What all parts of a process share, with a pool of at most so many database connections.

    Raises `SettingsRefused` for a setting that cannot be used; connects to nothing yet.
    """
    opened = configured.broker(settings)
    database = configured.database(settings, connections=connections)
    configured.composer(settings)  # objects to a setting of no use
    directory = TenantDirectory(database, default_profile(settings))
    renderer = cache(lambda: Renderer.from_package())
    return Core(
        settings=settings,
        clock=clock,
        database=database,
        tenants=directory,
        key_ring=configured.key_ring(settings),
        broker=opened,
        hand_off=DramatiqHandOff(opened),
        schedules=RetrySchedules(high=configured.retry_high(settings), others=configured.retry_others(settings)),
        composers=composers(directory),
        renderer=renderer,
        overrides=OverrideDirectory(database, lambda *template: renderer().compile(*template)),
    )


def require_schema(database: Database) -> None:
    """Raise `SettingsRefused` for another release's schema. A database that is away for now is no reason not to start:
    it may come back."""
    if database.file is not None and not database.file.exists():
        raise SettingsRefused(
            f"IDENTITY_DATABASE_URL: there is no {database.file} yet. Run `identity-service migrate`."
        )
    try:
        schema.require_current(database)
    except schema.SchemaDiffers as difference:
        raise SettingsRefused(str(difference)) from None
    except DatabaseUnavailable:
        log.warning("database_unavailable_at_start")
