"""Dramatiq's queues in the memory of one process."""

from collections.abc import Sequence
from typing import Any

import dramatiq
from dramatiq.brokers.stub import StubBroker

from identity_service.notification.broker.base import Broker


class EmbeddedBroker(StubBroker, Broker):
    """Queues in the memory of this process, for one process that both serves and delivers."""

    def __init__(self) -> None:
        super().__init__(middleware=[])

    def length(self, queue_name: str) -> int:
        return int(self.queues[queue_name].qsize())

    def get_declared_queues(self) -> set[str]:
        """Without delay queues: when a mail is due is written in its row, so no worker need watch them."""
        return set(self.queues) - self.delay_queues

    def get_declared_delay_queues(self) -> set[str]:
        return set()

    def enqueue_many(self, messages: Sequence[dramatiq.Message[Any]]) -> None:
        for message in messages:
            self.enqueue(message)
