"""The composition root: the only place that builds concrete parts and hands them to each other.

A process builds what it needs: a server `Core` and `Journeys`, a worker `Core` and `Mailroom`, `dev` all three.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import structlog

from identity_service.calls.audit import AuditTrail
from identity_service.calls.once import Once
from identity_service.clock import Clock, utc_now
from identity_service.identity.access_tokens import AccessTokens
from identity_service.identity.challenges import ChallengeProofs, Challenges
from identity_service.identity.limit_windows import FallbackWindows, LocalWindows, RedisWindows
from identity_service.identity.limits import SUBJECT_LABEL, CountingLimiter, Limiter, Limits, NoLimits, Rate, Rule
from identity_service.identity.one_time_code import RequestCode, VerifyCode
from identity_service.identity.passwords import PasswordHasher, PasswordPolicy, available_cores
from identity_service.identity.refresh_session import RefreshSession
from identity_service.identity.register import Register, RegistrationRules
from identity_service.identity.resend_verification import ResendVerification
from identity_service.identity.sessions import Sessions, TokenIssuer
from identity_service.identity.sign_in import SignIn
from identity_service.identity.verify_access_token import VerifyAccessToken
from identity_service.identity.verify_email import VerifyEmail
from identity_service.notification.broker import Broker, DramatiqHandOff, open_broker
from identity_service.notification.delivery import Delivery
from identity_service.notification.mails import MailWriter
from identity_service.notification.outbox import Outbox
from identity_service.notification.reading import Notifications
from identity_service.notification.relay import Relay
from identity_service.notification.rendering.brand import Brand
from identity_service.notification.rendering.compose import Composer
from identity_service.notification.rendering.renderer import Renderer
from identity_service.notification.retries import RetrySchedule, RetrySchedules
from identity_service.notification.senders import Sender, open_sender
from identity_service.secret_keys import KeyRing
from identity_service.settings import Settings, SettingsRefused
from identity_service.storage import migrate
from identity_service.storage.database import Database
from identity_service.storage.errors import DatabaseUnavailable
from identity_service.storage.migrate import SchemaOutdated

log = structlog.get_logger(__name__)

Given = TypeVar("Given")
Built = TypeVar("Built")


@dataclass(frozen=True, slots=True)
class Core:
    """What every process has."""

    settings: Settings
    clock: Clock
    database: Database
    key_ring: KeyRing
    broker: Broker
    hand_off: DramatiqHandOff
    schedules: RetrySchedules
    composer: Composer

    def close(self) -> None:
        self.hand_off.close()
        self.broker.close()
        self.database.close()


@dataclass(frozen=True, slots=True)
class Journeys:
    """What the RPCs call."""

    register: Register
    verify_email: VerifyEmail
    resend_verification: ResendVerification
    sign_in: SignIn
    request_code: RequestCode
    verify_code: VerifyCode
    sessions: Sessions
    refresh_session: RefreshSession
    verify_access_token: VerifyAccessToken
    access_tokens: AccessTokens
    notifications: Notifications


@dataclass(frozen=True, slots=True)
class Mailroom:
    """What a worker runs."""

    delivery: Delivery
    relay: Relay
    sender: Sender


def core(settings: Settings, clock: Clock = utc_now, *, connections: int = 20) -> Core:
    """What all parts of a process share, with a pool of at most so many database connections.

    Raises `SettingsRefused` for a setting that cannot be used; connects to nothing yet.
    """
    opened = broker(settings)
    return Core(
        settings=settings,
        clock=clock,
        database=database(settings, connections=connections),
        key_ring=key_ring(settings),
        broker=opened,
        hand_off=DramatiqHandOff(opened),
        schedules=RetrySchedules(high=retry_high(settings), others=retry_others(settings)),
        composer=composer(settings),
    )


def journeys(core: Core) -> Journeys:
    """The journeys on one core."""
    settings, database, clock = core.settings, core.database, core.clock
    audit, limiter, hasher = AuditTrail(clock), _limiter(core), _hasher(settings)
    once = Once(database, core.key_ring, clock)
    outbox = Outbox(core.hand_off, core.schedules, clock)
    challenges = Challenges(database, core.key_ring, clock)
    tokens = access_tokens(core)
    issuer = TokenIssuer(core.key_ring, tokens)
    sessions = Sessions(database=database, once=once, issuer=issuer, audit=audit, clock=clock)
    return Journeys(
        register=Register(
            once=once,
            challenges=challenges,
            outbox=outbox,
            audit=audit,
            limiter=limiter,
            policy=PasswordPolicy(),
            hasher=hasher,
            rules=registration_rules(settings),
        ),
        verify_email=VerifyEmail(once=once, challenges=challenges, outbox=outbox, audit=audit, clock=clock),
        resend_verification=ResendVerification(
            database=database,
            once=once,
            challenges=challenges,
            outbox=outbox,
            audit=audit,
            limiter=limiter,
            clock=clock,
        ),
        sign_in=SignIn(database=database, once=once, sessions=sessions, hasher=hasher, limiter=limiter, audit=audit),
        request_code=RequestCode(once=once, challenges=challenges, outbox=outbox, audit=audit, limiter=limiter),
        verify_code=VerifyCode(once=once, challenges=challenges, sessions=sessions),
        sessions=sessions,
        refresh_session=RefreshSession(database=database, issuer=issuer, audit=audit, clock=clock),
        verify_access_token=VerifyAccessToken(database=database, access_tokens=tokens, clock=clock),
        access_tokens=tokens,
        notifications=Notifications(
            database=database, once=once, outbox=outbox, audit=audit, schedules=core.schedules, clock=clock
        ),
    )


def access_tokens(core: Core) -> AccessTokens:
    """Issues access tokens, and publishes the keys that they are checked with."""
    return AccessTokens(
        core.key_ring,
        core.clock,
        issuer=core.settings.token_issuer or core.settings.resolved_public_url,
        audience=core.settings.token_audience or core.settings.resolved_public_url,
    )


def mailroom(core: Core) -> Mailroom:
    """Delivery and relay on one core."""
    opened = sender(core.settings)
    delivery = Delivery(
        database=core.database,
        writer=mail_writer(core),
        sender=opened,
        schedules=core.schedules,
        clock=core.clock,
    )
    relay = Relay(database=core.database, hand_off=core.hand_off, schedules=core.schedules, clock=core.clock)
    return Mailroom(delivery=delivery, relay=relay, sender=opened)


def mail_writer(core: Core) -> MailWriter:
    """Writes mails in the configured brand, from the configured address."""
    return MailWriter(Renderer.from_package(), core.composer, brand(core.settings), ChallengeProofs(core.key_ring))


def require_schema(database: Database) -> None:
    """Raise `SettingsRefused` for another release's schema. A database that is away for now is no reason not to start:
    it may come back."""
    if database.file is not None and not database.file.exists():
        raise SettingsRefused(
            f"IDENTITY_DATABASE_URL: there is no {database.file} yet. Run `identity-service migrate`."
        )
    try:
        migrate.require_current(database)
    except SchemaOutdated as outdated:
        raise SettingsRefused(str(outdated)) from None
    except DatabaseUnavailable:
        log.warning("database_unavailable_at_start")


# What is made of one setting. Each raises `SettingsRefused` with the setting's name; none connects to anything yet.


def database(settings: Settings, *, connections: int = 1) -> Database:
    """The pool of connections. The objection is in our own words: others quote what may be a password."""
    try:
        return Database(settings.resolved_database_url, pool_size=connections)
    except ValueError:
        expected = "write postgresql://user:password@host/name or sqlite:///path"
        raise SettingsRefused(f"IDENTITY_DATABASE_URL: {expected}") from None


def key_ring(settings: Settings) -> KeyRing:
    given = settings.secret_keys.get_secret_value()
    if not given:
        raise SettingsRefused(
            "IDENTITY_SECRET_KEYS is not set: codes, links and tokens are derived from it. Make a key with "
            "`identity-service keys new`, and give every server and worker the same."
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


def sender(settings: Settings) -> Sender:
    """Hands mails to the outside world."""

    def open_with_folder(url: str) -> Sender:
        return open_sender(url, default_mailbox=settings.data_dir / "mail")

    return _setting("IDENTITY_SENDER", open_with_folder, settings.sender.get_secret_value())


def composer(settings: Settings) -> Composer:
    """Composes mails from the configured address."""
    return _setting("IDENTITY_FROM", Composer, settings.from_)


def brand(settings: Settings) -> Brand:
    """How mails look."""
    name = settings.brand_name
    _setting("IDENTITY_BRAND_NAME", partial(Brand, public_url="https://example.com"), name)
    source = "IDENTITY_PUBLIC_URL" if settings.public_url else "IDENTITY_HTTP_ADDRESS"
    return _setting(source, partial(Brand, name), settings.resolved_public_url)


def limit(settings: Settings, rule: Rule) -> Rate:
    """The rate of one rule."""
    return _setting(f"IDENTITY_LIMIT_{rule.value.upper()}", Rate.parse, getattr(settings, f"limit_{rule.value}"))


def windows(settings: Settings) -> FallbackWindows | LocalWindows:
    """Where hits are counted: in the process, or in Redis for as long as that answers."""
    url, local = settings.limits_url.get_secret_value(), LocalWindows()
    if not url:
        return local
    try:
        return FallbackWindows(RedisWindows(url), local)
    except ValueError:
        raise SettingsRefused("IDENTITY_LIMITS_URL: write redis://host:6379/1 or rediss://…") from None


def registration_rules(settings: Settings) -> RegistrationRules:
    """Who may register as what."""
    user_types = tuple(name.strip() for name in settings.user_types.split(",") if name.strip())
    if not user_types:
        raise SettingsRefused("IDENTITY_USER_TYPES: name at least one type that people may register as")
    return RegistrationRules(user_types, settings.hide_taken_addresses)


def _hasher(settings: Settings) -> PasswordHasher:
    """Hashing may keep all cores busy, which the server processes share, and three quarters of the threads of each: a
    storm of registrations leaves the others to all other calls."""
    running = max(1, available_cores() // settings.grpc_processes)
    return PasswordHasher(running=running, waiting=max(1, settings.grpc_threads * 3 // 4 - running))


def _limiter(core: Core) -> Limiter:
    settings = core.settings
    if settings.rate_limits == "off":
        return NoLimits()
    limits = Limits(**{rule.value: limit(settings, rule) for rule in Rule})
    subject_key = core.key_ring.derive(core.key_ring.active.id, SUBJECT_LABEL)
    return CountingLimiter(limits, windows(settings), subject_key)


def _setting(name: str, build: Callable[[Given], Built], value: Given) -> Built:
    """What `build` makes of a setting; its objection names the setting."""
    try:
        return build(value)
    except ValueError as error:
        raise SettingsRefused(f"{name}: {error}") from None
