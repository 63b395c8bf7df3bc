"""Finds the messages and campaigns that somebody has to look at, and sees that somebody will."""

from collections.abc import Sequence
from datetime import timedelta

from identity_service.clock import Clock
from identity_service.notification.broker import Due, HandOff, Task
from identity_service.notification.messages import fan_out
from identity_service.storage.database import Database
from identity_service.storage.queries import campaigns, messages

MOST = 50
OUTAGE_PAUSE = timedelta(seconds=2)
REPEAT_AFTER = timedelta(seconds=30)
"""A message that still has mails waiting is woken anew after this: some of its workers may have been lost."""


class Waking:
    """The part of the relay that looks after messages to many. `lanes` is how many workers one of them gets."""

    def __init__(self, *, database: Database, hand_off: HandOff, clock: Clock, lanes: int) -> None:
        self._database = database
        self._hand_off = hand_off
        self._now = clock
        self._lanes = lanes

    def run_once(self) -> int:
        """Wake what is due; how many were handed off. Raises `DatabaseUnavailable`."""
        return self._wake_messages() + self._wake_campaigns()

    def _wake_messages(self) -> int:
        now = self._now()
        with self._database.connect() as connection:
            rows = messages.wake_due(connection, now=now, again_at=now + REPEAT_AFTER, most=MOST)
        woken = [Due(*row[:3], Task.DELIVER_MESSAGE, row[3]) for row in rows]
        if self._handed_off([due for due in woken for _ in range(self._lanes)]):
            return len(woken)
        with self._database.connect() as connection:
            for due in woken:
                messages.look_again(connection, due.tenant_id, due.id, at=self._now() + OUTAGE_PAUSE)
        return 0

    def _wake_campaigns(self) -> int:
        now = self._now()
        with self._database.connect() as connection:
            rows = campaigns.wake_due(connection, now=now, again_at=now + REPEAT_AFTER, most=MOST)
        woken = [fan_out.task(*row) for row in rows]
        if self._handed_off(woken):
            return len(woken)
        with self._database.connect() as connection:
            for due in woken:
                campaigns.put_off(connection, due.tenant_id, due.id, until=self._now() + OUTAGE_PAUSE)
        return 0

    def _handed_off(self, woken: Sequence[Due]) -> bool:
        return not woken or self._hand_off.hand_off_again(woken)
