"""One or several mails, over the kept connection and over new ones where that is lost."""

from collections import deque
from collections.abc import Sequence

from identity_service.deadline import Deadline
from identity_service.notification.senders.base import GoesOn, OutgoingMail, SendResult
from identity_service.notification.senders.content import Content, content_of
from identity_service.notification.senders.failures import NotTried, SenderDown, SendFailed, TransientFailure
from identity_service.notification.senders.smtp.connection import KeptConnection
from identity_service.notification.senders.smtp.convoy import Convoy
from identity_service.notification.senders.smtp.wire import ServerGone, Wire

SHARE_FOR_STARTING = 2 / 3
"""No mail but the first is begun after this share of the time: the last one needs some to be answered."""
LOSSES_IN_A_ROW = 3
"""After so many new connections that took no mail the server counts as gone."""


class Batch:
    """Sends mails by a deadline. The caller holds the connection's lock."""

    def __init__(self, connection: KeptConnection, deadline: Deadline, is_wanted: GoesOn) -> None:
        self._connection = connection
        self._deadline = deadline
        self._last_start = deadline.within(deadline.remaining() * SHARE_FOR_STARTING)
        self._is_wanted = is_wanted
        self._waiting: deque[tuple[int, Content]] = deque()
        self._results: dict[int, SendResult] = {}
        self._losses = 0

    def send(self, mails: Sequence[OutgoingMail]) -> list[SendResult]:
        """What came of each mail, in their order."""
        for index, mail in enumerate(mails):
            self._write(index, mail)
        try:
            self._send_waiting()
        except TransientFailure as failure:  # no connection can be had
            self._give_up(SenderDown(failure.text, failure.remedy))
        except BaseException:
            self._connection.drop()
            raise
        return [self._results[index] for index in range(len(mails))]

    def _write(self, index: int, mail: OutgoingMail) -> None:
        try:
            self._waiting.append((index, content_of(mail)))
        except SendFailed as failure:
            self._results[index] = failure

    def _send_waiting(self) -> None:
        while self._waiting:
            kept = self._connection.reuse(self._deadline)
            self._send_over(kept or self._connection.open(self._deadline), is_new=kept is None)
            if self._waiting and not self._goes_on():
                self._give_up(NotTried())

    def _send_over(self, wire: Wire, *, is_new: bool) -> None:
        """Sends what it can over one connection. At the least, one mail or a kept connection leaves the stage."""
        convoy, waited = Convoy(wire), len(self._waiting)
        try:
            for result in convoy.results([content for _, content in self._waiting], self._goes_on):
                self._results[self._waiting.popleft()[0]] = result
        except TransientFailure as loss:
            self._connection.drop()
            if len(self._waiting) == waited and (is_new or not isinstance(loss, ServerGone)):
                self._fail_first(loss)
            return
        self._losses = 0
        if convoy.is_clean:
            self._connection.keep()
        else:
            self._connection.drop()

    def _fail_first(self, loss: TransientFailure) -> None:
        self._results[self._waiting.popleft()[0]] = loss
        self._losses += 1
        if self._losses == LOSSES_IN_A_ROW:
            self._give_up(NotTried(loss.text, loss.remedy))

    def _goes_on(self) -> bool:
        return self._is_wanted() and not (self._results and self._last_start.is_over)

    def _give_up(self, failure: TransientFailure) -> None:
        while self._waiting:
            self._results[self._waiting.popleft()[0]] = failure
