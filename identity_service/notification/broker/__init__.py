"""The queue between a committed notification and the worker that delivers it: the one adapter that enqueues.

A message names a notification and holds nothing of it, and losing one is harmless: the row is the truth, and
the relay hands off again what nobody has claimed. A message that arrives twice costs one refused claim.
"""

from identity_service.notification.broker.base import Broker
from identity_service.notification.broker.embedded import EmbeddedBroker
from identity_service.notification.broker.hand_off import Due, HandOff
from identity_service.notification.broker.names import EMBEDDED, QUEUES, Task
from identity_service.notification.broker.sending import DramatiqHandOff

__all__ = [
    "EMBEDDED",
    "QUEUES",
    "Broker",
    "DramatiqHandOff",
    "Due",
    "EmbeddedBroker",
    "HandOff",
    "Task",
    "open_broker",
]


def open_broker(url: str) -> Broker:
    """The broker for `embedded` or a Redis URL; ValueError for any other. Connects at its first use only."""
    broker = EmbeddedBroker() if url == EMBEDDED else _redis_broker(url)
    for queue in QUEUES:
        broker.declare_queue(queue)
    return broker


def _redis_broker(url: str) -> Broker:
    from identity_service.notification.broker.waking import WakingRedisBroker  # where there is a Redis: it loads much

    return WakingRedisBroker(url)
