"""What several journeys are made of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypedDict

from identity_service.bootstrap import configured, profiles
from identity_service.bootstrap.core import Core
from identity_service.calls.audit import AuditTrail
from identity_service.calls.once import Once
from identity_service.calls.refusals import Refusals
from identity_service.clock import Clock
from identity_service.identity.challenges import Challenges
from identity_service.identity.limits import SUBJECT_LABEL, CountingLimiter, Limiter, Limits, NoLimits, Rule
from identity_service.identity.limits.audited import AuditedLimiter
from identity_service.identity.limits.local_windows import LocalWindows
from identity_service.identity.password_check import PasswordCheck
from identity_service.identity.passwords import HashingPlaces, NewPasswords, PasswordPolicy, available_cores
from identity_service.identity.register import RegistrationRules
from identity_service.notification.outbox import Outbox
from identity_service.settings import Settings
from identity_service.storage.database import Database


class Recording(TypedDict):
    """What journeys need that change something once and leave a trace of it."""

    database: Database
    once: Once
    audit: AuditTrail
    clock: Clock


class Mailing(TypedDict):
    """What journeys need that say something by mail."""

    once: Once
    audit: AuditTrail
    outbox: Outbox


@dataclass(frozen=True, slots=True)
class Parts:
    """What several journeys are made of; one of each, because some of them count."""

    database: Database
    clock: Clock
    once: Once
    audit: AuditTrail
    refusals: Refusals
    limiter: Limiter
    outbox: Outbox
    challenges: Challenges
    places: HashingPlaces
    passwords: NewPasswords
    password_check: PasswordCheck
    rules: Callable[[str], RegistrationRules]

    @property
    def recording(self) -> Recording:
        return {"database": self.database, "once": self.once, "audit": self.audit, "clock": self.clock}

    @property
    def mailing(self) -> Mailing:
        return {"once": self.once, "audit": self.audit, "outbox": self.outbox}


def recording(core: Core) -> Recording:
    """Of its own, for what needs no other part."""
    once = Once(core.database, core.key_ring, core.clock)
    return {"database": core.database, "once": once, "audit": AuditTrail(core.clock), "clock": core.clock}


def build_parts(core: Core) -> Parts:
    """The parts on one core. Raises `SettingsRefused`."""
    recorded, places = recording(core), _places(core.settings)
    database, once, audit, clock = core.database, recorded["once"], recorded["audit"], core.clock
    refusals = Refusals(database, audit)
    limiter = AuditedLimiter(_limiter(core), refusals)
    breached = configured.breached_passwords(core.settings)
    return Parts(
        **recorded,
        refusals=refusals,
        limiter=limiter,
        outbox=Outbox(core.hand_off, core.schedules, clock),
        challenges=Challenges(database, core.key_ring, clock, limiter=limiter, refusals=refusals, once=once),
        places=places,
        passwords=NewPasswords(policy=PasswordPolicy(), breached=breached, places=places, limiter=limiter),
        password_check=PasswordCheck(database=database, once=once, limiter=limiter, refusals=refusals),
        rules=profiles.registration_rules(core.tenants),
    )


def _places(settings: Settings) -> HashingPlaces:
    """Hashing may keep all cores busy, which the server processes share, and three quarters of the threads of each: a
    storm of registrations leaves the others to all other calls."""
    return HashingPlaces(
        configured.hashing_cost(settings),
        running=max(1, available_cores() // settings.grpc_processes),
        places=max(1, settings.grpc_threads * 3 // 4),
        imported_like=configured.imported_hash(settings),
    )


def _limiter(core: Core) -> Limiter:
    settings = core.settings
    if settings.rate_limits == "off":
        return NoLimits()
    base = Limits(**{rule.value: configured.limit(settings, rule) for rule in Rule})
    subject_key = core.key_ring.derive(core.key_ring.active.id, SUBJECT_LABEL)
    limits_of = profiles.limits(core.tenants, base)
    return CountingLimiter(limits_of, configured.windows(settings), subject_key, local=LocalWindows())
