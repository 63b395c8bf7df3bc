"""Mail after mail over one open connection, in as few round trips as the server allows."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from identity_service.notification.senders.base import GoesOn, SendResult
from identity_service.notification.senders.content import Content
from identity_service.notification.senders.failures import PermanentFailure, SendFailed
from identity_service.notification.senders.smtp.replies import setup_refusal
from identity_service.notification.senders.smtp.transaction import STEPS, envelope, message_of, refused, verdict
from identity_service.notification.senders.smtp.wire import Wire


class Convoy:
    """Hands mails over and stays in step with the server, also after it has refused one.

    Where the server pipelines (RFC 2920) the three commands of an envelope leave in one write, and those of the next
    mail in the same write as the message before it: one round trip a mail. No message follows a refused envelope.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._pipelined = wire.has_extn("pipelining")
        self._asked: Content | None = None
        self.is_clean = True
        """Whether the server expects a new mail, and nothing of the last one is left."""

    def results(self, contents: Sequence[Content], goes_on: GoesOn) -> Iterator[SendResult]:
        """What came of each, in order, for as long as `goes_on()`, which is asked before each.

        Raises TransientFailure once the connection is lost. Of the mail whose result would have come next nothing has
        been handed over then, so another connection may be tried.
        """
        for content, following in zip_longest(contents, contents[1:]):
            if not goes_on():
                self._call_off()
                return
            yield self._offered(content) or self._handed_over(content, following)

    def _call_off(self) -> None:
        if self._asked:  # the server waits for a message, or is about to, and must not get one
            self.is_clean = False

    def _offered(self, content: Content) -> SendFailed | None:
        """Gets the server's "go ahead"; a failure if it refuses this mail."""
        try:
            failure = self._answers(content) if self._asked is content else self._ask(content)
        except PermanentFailure as impossible:  # the envelope cannot be written: nothing has been sent
            return impossible
        if failure:
            self.is_clean = False
        elif self._wire.has_something_unread():  # the end, or an answer that would pass for the one to the message
            raise self._wire.lost(None)
        return failure

    def _ask(self, content: Content) -> SendFailed | None:
        commands = envelope(self._wire, content)
        self._reset()
        if self._pipelined:
            self._wire.stage = STEPS[0][0]
            self._wire.send(b"".join(commands))
            return self._answers(content)
        for command, step in zip(commands, STEPS, strict=True):
            self._wire.stage = step[0]
            self._wire.send(command)
            if failure := refused(self._wire, content, *step):
                return failure
        return None

    def _answers(self, content: Content) -> SendFailed | None:
        """Reads all answers to a pipelined envelope; the first refusal tells why."""
        self._asked = None
        answers = [refused(self._wire, content, *step) for step in STEPS]
        failure = next(filter(None, answers), None)
        if failure and answers[-1] is None:
            self._wire.close()  # it waits for a message all the same, and must not get one
        return failure

    def _handed_over(self, content: Content, following: Content | None) -> SendResult:
        try:
            self._wire.stage = "the message"
            self._wire.send(message_of(content) + self._envelope_ahead(following))
            return verdict(self._wire)
        except SendFailed as failure:
            self.is_clean = False
            return failure

    def _envelope_ahead(self, following: Content | None) -> bytes:
        if following is None or not self._pipelined:
            return b""
        try:
            commands = envelope(self._wire, following)
        except PermanentFailure:  # said when its turn comes
            return b""
        self._asked = following
        return b"".join(commands)

    def _reset(self) -> None:
        """Has the server forget what it has of a refused mail."""
        if self.is_clean:
            return
        self._wire.stage = "RSET"
        code, text = self._wire.docmd("RSET")
        if code != 250:
            raise setup_refusal(self._wire, (code, text), "")
        self.is_clean = True
