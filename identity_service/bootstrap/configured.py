"""What is made of one setting. Each raises `SettingsRefused` with the setting's name; none connects to anything yet."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from identity_service.identity.limits import Rate, Rule, Windows
from identity_service.identity.limits.fallback_windows import FallbackWindows
from identity_service.identity.limits.local_windows import LocalWindows
from identity_service.identity.limits.remembered_refusals import RememberedRefusals
from identity_service.identity.passwords import (
    BreachedPasswords,
    HashingCost,
    NoBreachedPasswords,
    schemes,
)
from identity_service.identity.register import RegistrationRules
from identity_service.notification.broker import Broker, open_broker
from identity_service.notification.rendering.brand import Brand
from identity_service.notification.rendering.compose import Composer
from identity_service.notification.retries import RetrySchedule
from identity_service.notification.unsubscribe_links import checked_edge_url
from identity_service.secret_keys import KeyRing
from identity_service.settings import Settings, SettingsRefused
from identity_service.storage.database import Database
from identity_service.storage.database_url import DatabaseUrlRefused

_LEAST_HASHING_KIB = 35 * 1024  # OWASP's cheapest: 7 MiB and 5 passes

Given = TypeVar("Given")
Built = TypeVar("Built")


def database(settings: Settings, *, connections: int = 1) -> Database:
    """The pool of connections."""
    try:
        return Database(settings.resolved_database_url, pool_size=connections)
    except DatabaseUrlRefused as refused:
        raise SettingsRefused(f"IDENTITY_DATABASE_URL: {refused}") from None


def key_ring(settings: Settings) -> KeyRing:
    given = settings.secret_keys.get_secret_value()
    if not given:
        raise SettingsRefused(
            "IDENTITY_SECRET_KEYS is not set: codes, links and tokens are derived from it. Make a key with "
            "`identity-service secret-keys new`, and give every server and worker the same."
        )
    return _setting("IDENTITY_SECRET_KEYS", KeyRing.parse, given)


def broker(settings: Settings) -> Broker:
    """The queues. As for the database, the objection is in our own words."""
    try:
        return open_broker(settings.broker_url.get_secret_value())
    except ValueError:
        raise SettingsRefused("IDENTITY_BROKER_URL: write redis://host:6379/0, rediss://… or embedded") from None


def retry_high(settings: Settings) -> RetrySchedule:
    return _setting("IDENTITY_RETRY_HIGH", RetrySchedule.parse, settings.retry_high)


def retry_others(settings: Settings) -> RetrySchedule:
    return _setting("IDENTITY_RETRY_OTHERS", RetrySchedule.parse, settings.retry_others)


def composer(settings: Settings) -> Composer:
    """Composes mails from the configured address."""
    return _setting("IDENTITY_FROM", Composer, settings.from_)


def brand(settings: Settings) -> Brand:
    """How mails look."""
    name = settings.brand_name
    _setting("IDENTITY_BRAND_NAME", partial(Brand, public_url="https://example.com"), name)
    source = "IDENTITY_PUBLIC_URL" if settings.public_url else "IDENTITY_HTTP_ADDRESS"
    return _setting(source, partial(Brand, name), settings.resolved_public_url)


def edge_url(settings: Settings) -> str:
    """Where people reach the HTTP edge."""
    source = "IDENTITY_EDGE_URL" if settings.edge_url else "IDENTITY_HTTP_ADDRESS"
    return _setting(source, checked_edge_url, settings.resolved_edge_url)


def message_lanes(settings: Settings) -> int:
    """How many of a worker's threads one message to many may take: half of them stay free for all else."""
    return max(1, settings.worker_threads // 2)


def limit(settings: Settings, rule: Rule) -> Rate:
    """The rate of one rule."""
    return _setting(f"IDENTITY_LIMIT_{rule.value.upper()}", Rate.parse, getattr(settings, f"limit_{rule.value}"))


def windows(settings: Settings) -> Windows:
    """Where hits are counted: in the process, or in Redis for as long as that answers."""
    url, local = settings.limits_url.get_secret_value(), LocalWindows()
    if not url:
        return local
    from identity_service.identity.limits.redis_windows import RedisWindows  # where there is a Redis: it loads much

    try:
        return RememberedRefusals(FallbackWindows(RedisWindows(url), local))
    except ValueError:
        raise SettingsRefused("IDENTITY_LIMITS_URL: write redis://host:6379/1 or rediss://…") from None


def hashing_cost(settings: Settings) -> HashingCost:
    """What the hash of one password takes."""
    memory, passes = settings.password_memory_kib, settings.password_passes
    if memory * passes < _LEAST_HASHING_KIB:
        raise SettingsRefused(
            f"IDENTITY_PASSWORD_PASSES: {passes} over {memory} KiB is cheaper to guess than OWASP advises; memory "
            f"times passes must be at least {_LEAST_HASHING_KIB}"
        )
    return _setting(
        "IDENTITY_PASSWORD_MEMORY_KIB", lambda lanes: HashingCost(memory, passes, lanes), settings.password_lanes
    )


def imported_hash(settings: Settings) -> str:
    """A hash of the system that users came from; empty if there is none."""
    sample = settings.password_imported_like.get_secret_value()
    if sample:
        _setting("IDENTITY_PASSWORD_IMPORTED_LIKE", schemes.recognise, sample)
    return sample


def breached_passwords(settings: Settings) -> BreachedPasswords:
    """Who knows the passwords that have become public."""
    if not settings.breached_passwords_url:
        return NoBreachedPasswords()
    from identity_service.identity.passwords.pwned import PwnedPasswords  # where somebody is asked: it loads urllib3

    return _setting("IDENTITY_BREACHED_PASSWORDS_URL", PwnedPasswords, settings.breached_passwords_url)


def registration_rules(settings: Settings) -> RegistrationRules:
    """Who may register as what."""
    user_types = tuple(name.strip() for name in settings.user_types.split(",") if name.strip())
    if not user_types:
        raise SettingsRefused("IDENTITY_USER_TYPES: name at least one type that people may register as")
    return RegistrationRules(user_types, settings.hide_taken_addresses)


def _setting(name: str, build: Callable[[Given], Built], value: Given) -> Built:
    """What `build` makes of a setting; its objection names the setting."""
    try:
        return build(value)
    except ValueError as error:
        raise SettingsRefused(f"{name}: {error}") from None
