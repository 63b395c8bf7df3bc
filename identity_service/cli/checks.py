"""What must hold before a process starts to serve or to work."""

import structlog

from identity_service import bootstrap
from identity_service.settings import Settings, SettingsRefused
from identity_service.storage import migrate
from identity_service.storage.errors import DatabaseUnavailable
from identity_service.storage.migrate import SchemaOutdated

log = structlog.get_logger(__name__)


def refuse_unfit(configuration: Settings) -> None:
    """Raise `SettingsRefused` for what no restart would mend. A database that is away for now is none of that."""
    require_secret_keys(configuration)
    core = bootstrap.core(configuration)
    try:
        migrate.require_current(core.database)
    except SchemaOutdated as outdated:
        raise SettingsRefused(str(outdated)) from None
    except DatabaseUnavailable:
        log.warning("database_unavailable_at_start")
    finally:
        core.close()
    warn_of_open_limits(configuration)
    warn_of_split_limits(configuration)


def require_secret_keys(configuration: Settings) -> None:
    if not configuration.secret_keys.get_secret_value():
        raise SettingsRefused(
            "IDENTITY_SECRET_KEYS is not set: codes, links and tokens are derived from it. Make a key with "
            "`identity-service keys new`, and give every server and worker the same."
        )


def warn_of_open_limits(configuration: Settings) -> None:
    if configuration.rate_limits == "off":
        log.warning(
            "RATE LIMITS ARE OFF: anybody may guess passwords and flood mailboxes; this is for load tests only",
            setting="IDENTITY_RATE_LIMITS",
        )


def warn_of_split_limits(configuration: Settings) -> None:
    if configuration.rate_limits == "on" and not configuration.limits_url.get_secret_value():
        log.warning("limits_counted_per_process", remedy="set IDENTITY_LIMITS_URL, so that processes share one count")
