"""The journeys about mails: to whom, what they say, and what became of them."""

from identity_service.bootstrap import configured, profiles
from identity_service.bootstrap.core import Core
from identity_service.bootstrap.journeys.parts import Parts
from identity_service.calls.audit import AuditTrail
from identity_service.calls.once import Once
from identity_service.notification.messages.campaigns import Campaigns
from identity_service.notification.messages.notify_users import NotifyUsers
from identity_service.notification.preferences import Preferences
from identity_service.notification.reading import Notifications
from identity_service.notification.suppressions import Suppressions
from identity_service.notification.templates import Templates
from identity_service.notification.unsubscribe_links import UnsubscribeLinks


def notifications(core: Core, parts: Parts) -> Notifications:
    return Notifications(
        database=parts.database,
        once=parts.once,
        outbox=parts.outbox,
        audit=parts.audit,
        schedules=core.schedules,
        clock=parts.clock,
    )


def notify_users(core: Core, parts: Parts) -> NotifyUsers:
    return NotifyUsers(
        database=parts.database,
        once=parts.once,
        audit=parts.audit,
        hand_off=core.hand_off,
        schedules=core.schedules,
        clock=parts.clock,
        lanes=configured.message_lanes(core.settings),
    )


def campaigns(core: Core, parts: Parts) -> Campaigns:
    return Campaigns(
        database=parts.database,
        once=parts.once,
        audit=parts.audit,
        hand_off=core.hand_off,
        clock=parts.clock,
        lanes=configured.message_lanes(core.settings),
    )


def templates(core: Core, parts: Parts) -> Templates:
    return Templates(
        database=parts.database,
        once=parts.once,
        audit=parts.audit,
        directory=core.overrides,
        renderer=core.renderer,
        brands=profiles.brands(core.tenants),
        clock=parts.clock,
    )


def suppressions(parts: Parts) -> Suppressions:
    return Suppressions(database=parts.database, once=parts.once, audit=parts.audit, clock=parts.clock)


def preferences(core: Core) -> Preferences:
    """What users want to receive: steered by RPCs, and by the links in mails."""
    once = Once(core.database, core.key_ring, core.clock)
    return Preferences(database=core.database, once=once, audit=AuditTrail(core.clock), clock=core.clock)


def unsubscribe_links(core: Core) -> UnsubscribeLinks:
    """Makes the unsubscribe links of mails, and reads them."""
    return UnsubscribeLinks(core.key_ring, core.settings.resolved_edge_url)
