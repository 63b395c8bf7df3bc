"""The actors: an id in, one call."""

from functools import partial
from uuid import UUID

from dramatiq import Actor

from identity_service.notification.broker import ACTOR, QUEUES, Broker
from identity_service.notification.delivery import Delivery


def declare(broker: Broker, delivery: Delivery) -> None:
    """Let `broker`'s workers deliver: one actor for each queue, the more urgent first where a process has several."""
    for priority, queue in enumerate(QUEUES):
        Actor(
            partial(_deliver, delivery),
            broker=broker,
            actor_name=f"{ACTOR}_{queue}",
            queue_name=queue,
            priority=priority,
            options={},
        )


def _deliver(delivery: Delivery, tenant_id: str, notification_id: str) -> None:
    delivery.deliver(tenant_id, UUID(notification_id))
