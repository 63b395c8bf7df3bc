"""An SMTP server that can be stopped in the middle of a mail."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.services.smtp import SmtpSink
from tests.services.waiting import eventually


class HoldingSink(SmtpSink):
    """While held, it takes the content of a mail and does not answer."""

    def __init__(self, **options: Any) -> None:
        self._open = threading.Event()
        self._open.set()
        self._held: list[str] = []
        super().__init__(**options)

    def hold(self) -> None:
        """Answer no mail from now on, until `release`."""
        self._open.clear()

    def release(self) -> None:
        self._open.set()

    def mend(self) -> None:
        """Listen, and answer every mail with 250."""
        self.behave()
        self.release()
        if not self.listens:
            self.come_back()

    def wait_until_held(self, address: str) -> None:
        """Return once the content of a mail to `address` is here and its sender waits for the answer."""
        eventually(lambda: address in self._held, f"a mail to {address} under way")

    def wait_until_given_up(self, address: str) -> None:
        """Return once the server has noticed that the sender of the held mail is gone."""
        eventually(lambda: address not in self._held, f"the end of the connection with the mail to {address}")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self._held.extend(envelope.rcpt_tos)
        try:
            while not self._open.is_set():
                await asyncio.sleep(0.01)  # is cancelled when the sender's connection ends
        finally:
            self._held = [address for address in self._held if address not in envelope.rcpt_tos]
        return await super().handle_DATA(server, session, envelope)

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Let connections be accepted and never greeted: a sender gets as far as having claimed its mail."""
        self.go_away()
        with socket.create_server(("127.0.0.1", self.port)):
            yield
        self.come_back()
