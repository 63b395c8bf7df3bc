"""What must hold before a process starts to serve or to work."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeAlias

import structlog

from identity_service import bootstrap
from identity_service.bootstrap import configured, senders
from identity_service.cli.addresses import guarded_grpc_address, http_address
from identity_service.cli.tls import tls_files
from identity_service.identity.limits import Rule
from identity_service.settings import Settings, SettingsRefused

log = structlog.get_logger(__name__)

_Parts: TypeAlias = tuple[Callable[[Settings], object], ...]
_LISTENING: _Parts = (tls_files, guarded_grpc_address, http_address)
_ALWAYS: _Parts = (
    configured.database,
    configured.broker,
    configured.windows,
    senders.by_name,
    senders.fallback,
    configured.composer,
    configured.brand,
    configured.edge_url,
    configured.key_ring,
    configured.registration_rules,
    *(partial(configured.limit, rule=rule) for rule in Rule),
    configured.retry_high,
    configured.retry_others,
)


def refuse_unfit(configuration: Settings, *, listens: bool) -> None:
    """Raise `SettingsRefused` for what no restart would mend. A database that is away for now is none of that.

    Builds, and throws away, all that the processes will build: what one of them would object to is said here, once.
    Addresses, TLS files and limits matter only to one that `listens`; a worker's machine need not have them.
    """
    if wrong := "\n".join(dict.fromkeys(objections(configuration, listens=listens))):
        raise SettingsRefused(wrong)
    core = bootstrap.build_core(configuration)
    try:
        bootstrap.require_schema(core.database)
        bootstrap.build_journeys(core)
        bootstrap.build_mailroom(core).senders.close()
    finally:
        core.close()
    if listens:
        warn_of_open_limits(configuration)
        warn_of_split_limits(configuration)


def objections(configuration: Settings, *, listens: bool = True) -> Iterator[str]:
    """A sentence for every setting that nothing can be made of. Connects to nothing, and makes no file."""
    for build in (*(_LISTENING if listens else ()), *_ALWAYS):
        try:
            build(configuration)
        except SettingsRefused as refusal:
            yield str(refusal)


def warn_of_open_limits(configuration: Settings) -> None:
    if configuration.rate_limits == "off":
        log.warning(
            "RATE LIMITS ARE OFF: anybody may guess passwords and flood mailboxes; this is for load tests only",
            setting="IDENTITY_RATE_LIMITS",
        )


def warn_of_split_limits(configuration: Settings) -> None:
    if configuration.rate_limits == "on" and not configuration.limits_url.get_secret_value():
        log.warning("limits_counted_per_process", remedy="set IDENTITY_LIMITS_URL, so that processes share one count")
