"""What both brokers can do beyond Dramatiq's own."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import dramatiq


class Broker(dramatiq.Broker):
    """A broker that takes many messages at once, and knows how many wait."""

    @abstractmethod
    def length(self, queue_name: str) -> int:
        """How many messages wait in a queue."""

    @abstractmethod
    def enqueue_many(self, messages: Sequence[dramatiq.Message[Any]]) -> None:
        """Enqueue all, in one round trip where there is one. On an error any part of them may have been enqueued."""
