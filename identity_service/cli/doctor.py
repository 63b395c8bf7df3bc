"""identity-service doctor: tries everything the service depends on, and says how to mend what is wrong."""

import argparse
import time
from collections.abc import Callable, Iterator

import redis
from pydantic import SecretStr

from identity_service import bootstrap, settings
from identity_service.cli import checks
from identity_service.cli.roles import tls_files
from identity_service.cli.terminal import say
from identity_service.notification.broker import EMBEDDED
from identity_service.notification.senders import Finding, Level
from identity_service.rpc.addresses import ListeningRefused, parse_address, refuse_exposure
from identity_service.rpc.transport import credentials
from identity_service.secret_keys import generate
from identity_service.settings import DEFAULT_FROM, Settings, SettingsRefused
from identity_service.storage import migrate
from identity_service.storage.errors import DatabaseUnavailable

OLDEST_REDIS = (6, 2)
STORE_TIMEOUT_SECONDS = 3

_MARKS = {Level.OK: "ok      ", Level.WARNING: "warning ", Level.PROBLEM: "PROBLEM "}


def run(arguments: argparse.Namespace) -> int:
    """0 when there is no problem, 1 when there is one."""
    configuration = settings.load()
    worst_is_a_problem = False
    for area, look in _AREAS.items():
        for finding in _looked(look, configuration):
            worst_is_a_problem |= finding.level is Level.PROBLEM
            say(f"{_MARKS[finding.level]} {area:<9} {finding.text}")
            if finding.remedy:
                say(f"{'':<19}→ {finding.remedy}")
    say("There are problems." if worst_is_a_problem else "No problems found.")
    return int(worst_is_a_problem)


def _looked(look: Callable[[Settings], Iterator[Finding]], configuration: Settings) -> Iterator[Finding]:
    try:
        yield from look(configuration)
    except SettingsRefused as refusal:
        yield Finding(Level.PROBLEM, str(refusal))


def _keys(configuration: Settings) -> Iterator[Finding]:
    checks.require_secret_keys(configuration)
    ring = bootstrap.core(configuration).key_ring
    yield Finding(Level.OK, f"{len(ring)} in the ring, {ring.active.id} is active")


def _listening(configuration: Settings) -> Iterator[Finding]:
    tls = tls_files(configuration)
    try:
        address = parse_address(configuration.grpc_address)
        refuse_exposure(
            address, has_tls=tls is not None, exposure_accepted=configuration.allow_plaintext_beyond_loopback
        )
        if tls is not None:
            credentials(tls)
    except ListeningRefused as refusal:
        yield Finding(Level.PROBLEM, f"IDENTITY_GRPC_ADDRESS: {refusal}")
        return
    yield Finding(Level.OK, f"gRPC at {address.text}, {'TLS' if tls else 'plaintext'}")
    if not address.is_local and (tls is None or tls.client_ca is None):
        yield Finding(
            Level.WARNING,
            "everybody who can connect may call everything",
            "set IDENTITY_TLS_CLIENT_CA, so that callers must show a certificate (mutual TLS)",
        )


def _database(configuration: Settings) -> Iterator[Finding]:
    database = bootstrap.core(_with_some_key(configuration)).database
    where = database.url.render_as_string(hide_password=True)
    try:
        started = time.perf_counter()
        database.ping()
        milliseconds = (time.perf_counter() - started) * 1000
        yield Finding(Level.OK, f"{where} answers in {milliseconds:.1f} ms")
        schema = migrate.current(database)
    except DatabaseUnavailable as error:
        yield Finding(
            Level.PROBLEM, f"{where} cannot be used: {_cause(error)}", "check IDENTITY_DATABASE_URL and the server"
        )
        return
    if schema == migrate.head():
        yield Finding(Level.OK, f"schema {schema}")
    else:
        yield Finding(
            Level.PROBLEM, f"schema {schema or 'missing'}, not {migrate.head()}", "run `identity-service migrate`"
        )


def _broker(configuration: Settings) -> Iterator[Finding]:
    url = configuration.broker_url.get_secret_value()
    if url == EMBEDDED:
        yield Finding(Level.OK, "embedded: the serving processes deliver by themselves")
        return
    yield from _redis("IDENTITY_BROKER_URL", url)
    if url == configuration.limits_url.get_secret_value():
        yield Finding(
            Level.WARNING,
            "shares its database with the rate limits",
            "give IDENTITY_LIMITS_URL another database number",
        )


def _limits(configuration: Settings) -> Iterator[Finding]:
    url = configuration.limits_url.get_secret_value()
    if configuration.rate_limits == "off":
        yield Finding(Level.WARNING, "rate limits are off", "set IDENTITY_RATE_LIMITS=on, except for load tests")
    elif url:
        yield from _redis("IDENTITY_LIMITS_URL", url)
    elif configuration.grpc_processes > 1:
        yield Finding(
            Level.WARNING,
            f"counted by each of {configuration.grpc_processes} processes for itself",
            "set IDENTITY_LIMITS_URL, so that they share one count",
        )
    else:
        yield Finding(Level.OK, "counted in the process")


def _redis(setting: str, url: str) -> Iterator[Finding]:
    try:
        client = redis.Redis.from_url(
            url, socket_timeout=STORE_TIMEOUT_SECONDS, socket_connect_timeout=STORE_TIMEOUT_SECONDS
        )
        info = client.info()
    except (redis.RedisError, ValueError) as error:
        yield Finding(Level.PROBLEM, f"Redis cannot be used: {type(error).__name__}", f"check {setting} and the server")
        return
    version = str(info["redis_version"])
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_REDIS:
        yield Finding(Level.PROBLEM, f"Redis {version} is too old", "6.2 or newer is needed")
    yield Finding(Level.OK, f"Redis {version} answers")
    policy = str(info.get("maxmemory_policy", "unknown"))
    if policy != "noeviction":
        yield Finding(
            Level.WARNING,
            f"Redis evicts keys when it is full ({policy})",
            "set maxmemory-policy noeviction: what is evicted from the queues is delivered late, by the relay",
        )


def _sender(configuration: Settings) -> Iterator[Finding]:
    yield from bootstrap.sender(configuration).check()
    delivers = configuration.sender.get_secret_value().startswith("smtp")
    if delivers and configuration.from_ == DEFAULT_FROM:
        yield Finding(
            Level.PROBLEM, f"mails would come from {DEFAULT_FROM}", "set IDENTITY_FROM to an address of yours"
        )


def _with_some_key(configuration: Settings) -> Settings:
    """The other checks go on without a key, which has a check of its own."""
    if configuration.secret_keys.get_secret_value():
        return configuration
    return configuration.model_copy(update={"secret_keys": SecretStr(generate())})


def _cause(error: DatabaseUnavailable) -> str:
    return str(getattr(error.__cause__, "orig", None) or error.__cause__).strip().partition("\n")[0]


_AREAS = {
    "keys": _keys,
    "listening": _listening,
    "database": _database,
    "broker": _broker,
    "limits": _limits,
    "sender": _sender,
}
