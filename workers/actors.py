"""The actors: an id in, one call."""

from uuid import UUID

import dramatiq

from identity_service.notification.broker import ACTOR, QUEUES, Broker
from identity_service.notification.delivery import Delivery


def declare(broker: Broker, delivery: Delivery) -> None:
    """Let `broker`'s workers deliver. Which queue a mail is in says only how urgent it is: one actor serves all."""

    def deliver(tenant_id: str, notification_id: str) -> None:
        delivery.deliver(tenant_id, UUID(notification_id))

    for priority, queue in enumerate(QUEUES):
        dramatiq.actor(
            deliver, actor_name=f"{ACTOR}_{queue}", queue_name=queue, priority=priority, broker=broker
        )
