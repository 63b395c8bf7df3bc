"""Posting until Resend has accepted or refused, as long as there is time."""

import math
import random
import threading
from dataclasses import dataclass
from typing import Any

from identity_service.deadline import Deadline
from identity_service.notification.senders.base import GoesOn
from identity_service.notification.senders.failures import TransientFailure
from identity_service.notification.senders.resend.answers import (
    Answer,
    RateLimited,
    Unclear,
    failure_of,
    was_accepted_before,
)
from identity_service.notification.senders.resend.client import ResendClient
from identity_service.notification.senders.resend.payload import as_json

REPEAT_SECONDS = 1.0
"""The pause before a request is repeated whose fate nobody knows, where Resend asks for none."""
JITTER = 0.5
"""A pause is made longer by up to this share, so that threads that wait for their turn do not come back together."""
LOOK_SECONDS = 0.2
"""How often a request that waits for its turn looks whether it is still wanted."""


@dataclass(frozen=True, slots=True)
class Times:
    """Until when, and for as long as what, requests may be begun, and when the last one must be over."""

    start: Deadline
    end: Deadline
    goes_on: GoesOn


class Posting:
    """Repeats what was put off, and what got no answer: under the same idempotency key that makes no second mail."""

    def __init__(self, client: ResendClient, who: str, closing: threading.Event) -> None:
        self._client = client
        self._who = who
        self._closing = closing

    def may_begin(self, times: Times) -> bool:
        """Whether there is time for one more request, and it is still wanted."""
        return not (times.start.is_over or self._closing.is_set()) and times.goes_on()

    def accepted(self, path: str, payload: Any, key: str, times: Times, **headers: str) -> Answer:
        """The answer to an accepted request. Raises a SendFailed."""
        body = as_json(payload)
        while True:
            try:
                return self._once(path, body, key, times, headers)
            except (Unclear, RateLimited) as failure:
                pause = REPEAT_SECONDS if failure.retry_after is None else failure.retry_after
                if not self._waited(pause, times):
                    raise

    def _once(self, path: str, body: bytes, key: str, times: Times, headers: dict[str, str]) -> Answer:
        if self._closing.is_set():
            raise TransientFailure(f"the sender by {self._who} is closed")
        answer = self._client.post(path, body, key, times.end, headers)
        failure = failure_of(answer, self._who)
        if failure is None or was_accepted_before(answer):
            return answer
        raise failure

    def _waited(self, seconds: float, times: Times) -> bool:
        seconds *= 1 + random.uniform(0, JITTER)  # noqa: S311 - spreads load, guards nothing
        if not times.start.leaves(seconds):
            return False
        looks = max(1, math.ceil(seconds / LOOK_SECONDS))
        return all(not self._closing.wait(seconds / looks) and times.goes_on() for _ in range(looks))
