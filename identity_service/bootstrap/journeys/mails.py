"""The journeys about mails: to whom, what they say, and what became of them."""

from identity_service.bootstrap import configured, profiles
from identity_service.bootstrap.core import Core
from identity_service.bootstrap.journeys.parts import Parts, recording
from identity_service.notification.messages.campaigns import Campaigns
from identity_service.notification.messages.notify_users import NotifyUsers
from identity_service.notification.preferences import Preferences
from identity_service.notification.reading import Notifications
from identity_service.notification.suppressions import Suppressions
from identity_service.notification.templates import Templates
from identity_service.notification.unsubscribe_links import UnsubscribeLinks


def notifications(core: Core, parts: Parts) -> Notifications:
    return Notifications(**parts.recording, outbox=parts.outbox, schedules=core.schedules)


def notify_users(core: Core, parts: Parts) -> NotifyUsers:
    return NotifyUsers(
        **parts.recording,
        hand_off=core.hand_off,
        schedules=core.schedules,
        lanes=configured.message_lanes(core.settings),
    )


def campaigns(core: Core, parts: Parts) -> Campaigns:
    return Campaigns(**parts.recording, hand_off=core.hand_off, lanes=configured.message_lanes(core.settings))


def templates(core: Core, parts: Parts) -> Templates:
    return Templates(
        **parts.recording, directory=core.overrides, renderer=core.renderer, brands=profiles.brands(core.tenants)
    )


def suppressions(parts: Parts) -> Suppressions:
    return Suppressions(**parts.recording)


def preferences(core: Core) -> Preferences:
    """What users want to receive: steered by RPCs, and by the links in mails."""
    return Preferences(**recording(core))


def unsubscribe_links(core: Core) -> UnsubscribeLinks:
    """Makes the unsubscribe links of mails, and reads them."""
    return UnsubscribeLinks(core.key_ring, configured.edge_url(core.settings))
