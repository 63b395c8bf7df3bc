"""A sender that does what a test tells it to."""

from collections.abc import Callable, Sequence

from identity_service.notification.senders import Finding, OutgoingMail, Sender, SendReceipt

Step = Callable[[OutgoingMail], object] | Exception


class ScriptedSender(Sender):
    """Keeps what it accepts. Before each mail it takes the next step: raise that error, or do that; then it accepts."""

    def __init__(self, steps: Sequence[Step] = (), *, then: Step | None = None) -> None:
        self._steps = list(steps)
        self._then = then
        self.accepted: list[OutgoingMail] = []

    def __str__(self) -> str:
        return "a test"

    def send(self, mail: OutgoingMail) -> SendReceipt:
        step = self._steps.pop(0) if self._steps else self._then
        if isinstance(step, Exception):
            raise step
        if step is not None:
            step(mail)
        self.accepted.append(mail)
        return SendReceipt(f"accepted-{len(self.accepted)}")

    def check(self) -> list[Finding]:
        return []

    def close(self) -> None:
        """Nothing is kept open."""
