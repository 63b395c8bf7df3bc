"""What a worker runs."""

from dataclasses import dataclass

from identity_service.bootstrap import senders, tenants
from identity_service.bootstrap.core import Core
from identity_service.identity.challenges import ChallengeProofs
from identity_service.notification.delivery import Delivery
from identity_service.notification.mails import MailWriter
from identity_service.notification.relay import Relay
from identity_service.notification.rendering.renderer import Renderer
from identity_service.notification.senders import SenderDirectory


@dataclass(frozen=True, slots=True)
class Mailroom:
    """What a worker runs."""

    delivery: Delivery
    relay: Relay
    senders: SenderDirectory


def build_mailroom(core: Core) -> Mailroom:
    """Delivery and relay on one core."""
    opened = senders.directory(core.settings, lambda tenant_id: core.tenants.get(tenant_id).sender)
    delivery = Delivery(
        database=core.database,
        writer=mail_writer(core),
        senders=opened,
        schedules=core.schedules,
        clock=core.clock,
    )
    relay = Relay(database=core.database, hand_off=core.hand_off, schedules=core.schedules, clock=core.clock)
    return Mailroom(delivery=delivery, relay=relay, senders=opened)


def mail_writer(core: Core) -> MailWriter:
    """Writes mails in each tenant's brand, from its own address."""
    return MailWriter(
        Renderer.from_package(),
        core.composers,
        tenants.brands(core.tenants),
        ChallengeProofs(core.key_ring),
    )
