"""The actors: an id in, one call."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from dramatiq import Actor

from identity_service.notification.broker import QUEUES, Broker, Task
from identity_service.notification.delivery import Delivery
from identity_service.notification.messages.delivery import MessageDelivery
from identity_service.notification.messages.fan_out import FanOut


def declare(broker: Broker, delivery: Delivery, messages: MessageDelivery, fan_out: FanOut) -> None:
    """Let `broker`'s workers deliver: one actor for each task and queue.

    Where a process has several queues, the more urgent comes first, and in each a single mail before those to many.
    """
    tasks: dict[Task, Callable[..., None]] = {
        Task.DELIVER: lambda tenant_id, notification_id: delivery.deliver(tenant_id, UUID(notification_id)),
        Task.DELIVER_MESSAGE: lambda tenant_id, message_id, wake: messages.deliver(tenant_id, UUID(message_id), wake),
        Task.FAN_OUT: lambda tenant_id, campaign_id: fan_out.run(tenant_id, UUID(campaign_id)),
    }
    for urgency, queue in enumerate(QUEUES):
        for place, (task, act) in enumerate(tasks.items()):
            _declare(broker, queue, task, act, urgency * len(tasks) + place)


def _declare(broker: Broker, queue: str, task: Task, act: Callable[..., Any], priority: int) -> None:
    Actor(act, broker=broker, actor_name=f"{task}_{queue}", queue_name=queue, priority=priority, options={})
