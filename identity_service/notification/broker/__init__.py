"""The queue between a committed notification and the worker that delivers it: the one adapter that enqueues.

A message names a notification and holds nothing of it, and losing one is harmless: the row is the truth, and
the relay hands off again what nobody has claimed. A message that arrives twice costs one refused claim.
"""

from typing import TypeAlias

from identity_service.notification.broker.embedded import EmbeddedBroker
from identity_service.notification.broker.hand_off import Due, HandOff
from identity_service.notification.broker.names import EMBEDDED, QUEUES, Task
from identity_service.notification.broker.sending import DramatiqHandOff
from identity_service.notification.broker.waking import WakingRedisBroker

__all__ = [
    "EMBEDDED",
    "QUEUES",
    "Broker",
    "DramatiqHandOff",
    "Due",
    "EmbeddedBroker",
    "HandOff",
    "Task",
    "WakingRedisBroker",
    "open_broker",
]

Broker: TypeAlias = WakingRedisBroker | EmbeddedBroker


def open_broker(url: str) -> Broker:
    """The broker for `embedded` or a Redis URL; ValueError for any other. Connects at its first use only."""
    broker: Broker = EmbeddedBroker() if url == EMBEDDED else WakingRedisBroker(url)
    for queue in QUEUES:
        broker.declare_queue(queue)
    return broker
