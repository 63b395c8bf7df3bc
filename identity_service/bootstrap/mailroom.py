"""What a worker runs."""

from dataclasses import dataclass
from threading import Lock

from identity_service.bootstrap import configured, profiles, senders
from identity_service.bootstrap.core import Core
from identity_service.bootstrap.journeys.mails import unsubscribe_links
from identity_service.calls.audit import AuditTrail
from identity_service.identity.challenges import ChallengeProofs
from identity_service.identity.replacements import Replacements
from identity_service.notification.delivery import Delivery
from identity_service.notification.kinds import Queue
from identity_service.notification.mails import MailWriter
from identity_service.notification.messages.delivery import MessageDelivery
from identity_service.notification.messages.fan_out import FanOut
from identity_service.notification.messages.lanes import Lanes
from identity_service.notification.messages.writing import MessageWriter
from identity_service.notification.outbox import Outbox
from identity_service.notification.relay import Relay
from identity_service.notification.senders import SenderDirectory


@dataclass(frozen=True, slots=True)
class Mailroom:
    """What a worker runs."""

    delivery: Delivery
    messages: MessageDelivery
    fan_out: FanOut
    relay: Relay
    senders: SenderDirectory


def build_mailroom(core: Core) -> Mailroom:
    """Delivery and relay on one core."""
    opened = senders.directory(core.settings, lambda tenant_id: core.tenants.get(tenant_id).sender)
    writer, turn = mail_writer(core), Lock()
    delivery = Delivery(
        database=core.database,
        writer=writer,
        senders=opened,
        replacing=replacements(core),
        schedules=core.schedules,
        clock=core.clock,
    )
    messages = MessageDelivery(
        database=core.database,
        writer=MessageWriter(writer, unsubscribe_links(core)),
        senders=opened,
        schedules=core.schedules,
        hand_off=core.hand_off,
        turn=turn,
        lanes=_lanes(configured.message_lanes(core.settings)),
        clock=core.clock,
    )
    fan_out = FanOut(
        database=core.database, schedules=core.schedules, hand_off=core.hand_off, turn=turn, clock=core.clock
    )
    relay = Relay(
        database=core.database,
        hand_off=core.hand_off,
        schedules=core.schedules,
        clock=core.clock,
        lanes=configured.message_lanes(core.settings),
    )
    return Mailroom(delivery=delivery, messages=messages, fan_out=fan_out, relay=relay, senders=opened)


def _lanes(number: int) -> dict[Queue, Lanes]:
    """Notices do not wait for campaigns, and single mails for neither: a quarter of the threads is left to them."""
    return {Queue.LOW: Lanes(number), Queue.NORMAL: Lanes(max(1, number // 2))}


def replacements(core: Core) -> Replacements:
    """Puts fresh mails in the place of those that expired unsent."""
    outbox = Outbox(core.hand_off, core.schedules, core.clock)
    return Replacements(key_ring=core.key_ring, outbox=outbox, audit=AuditTrail(core.clock), clock=core.clock)


def mail_writer(core: Core) -> MailWriter:
    """Writes mails in each tenant's brand, from its own address."""
    return MailWriter(
        core.renderer(),
        core.composers,
        profiles.brands(core.tenants),
        ChallengeProofs(core.key_ring),
        core.overrides,
    )
