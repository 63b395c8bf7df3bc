"""A real SMTP server that keeps what it accepts, and misbehaves on request.

`python -m tests.services.smtp` runs one in its own process: it prints its port, then a line of JSON per mail.
"""

import asyncio
import json
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

OK = "250 OK"


@dataclass(frozen=True)
class AcceptedMail:
    """A mail the server has answered with 250. `accepted_at` is Unix time, taken just before that answer."""

    sender: str
    recipients: list[str]
    raw: bytes
    accepted_at: float

    @cached_property
    def mail(self) -> EmailMessage:
        parsed = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @cached_property
    def message_id(self) -> str:
        return str(self.mail["Message-ID"])

    @property
    def recipient(self) -> str:
        """The only recipient."""
        (address,) = self.recipients
        return address


@dataclass
class _Refusal:
    answer: str
    to: str | None
    times: int | None

    def applies(self, recipients: list[str]) -> bool:
        if self.times == 0 or (self.to is not None and self.to not in recipients):
            return False
        if self.times is not None:
            self.times -= 1
        return True


class SmtpSink:
    """The server, in its own thread. `options` go to `aiosmtpd.smtp.SMTP`: TLS, authentication and more.

    `heard` is called with each mail that it accepts, before it says so.
    """

    def __init__(
        self, *, heard: Callable[[AcceptedMail], None] = lambda mail: None, port: int = 0, **options: Any
    ) -> None:
        self.heard = heard
        self._options = options
        self._changed = threading.Condition()
        self._mails: list[AcceptedMail] = []
        self._connections: set[SMTP] = set()
        self._server: asyncio.Server | None = None
        self.port = port
        self.connections_made = 0
        self.behave()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="smtp-sink", daemon=True)
        self._thread.start()
        self.come_back()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._connections)

    @property
    def listens(self) -> bool:
        return self._server is not None

    # What it has accepted

    @property
    def mails(self) -> list[AcceptedMail]:
        with self._changed:
            return list(self._mails)

    def to(self, address: str) -> list[AcceptedMail]:
        return [mail for mail in self.mails if address in mail.recipients]

    def wait_for(self, number: int = 1, *, to: str | None = None, timeout: float = 10) -> list[AcceptedMail]:
        """The mails (to one address) once there are at least `number`; AssertionError if there never are."""

        def found() -> list[AcceptedMail]:
            return [mail for mail in self._mails if to is None or to in mail.recipients]

        with self._changed:
            arrived = self._changed.wait_for(lambda: len(found()) >= number, timeout)
            assert arrived, f"{len(found())} of {number} mails arrived within {timeout} s"
            return found()

    def clear(self) -> None:
        with self._changed:
            self._mails.clear()

    # How it behaves

    def behave(self) -> None:
        """Forget every request below."""
        self._delay = 0.0
        self._drops = 0
        self._drops_after_accepting = 0
        self._at_recipient: list[_Refusal] = []
        self._at_data: list[_Refusal] = []

    def delay(self, seconds: float) -> None:
        """Take this long over each mail before answering."""
        self._delay = seconds

    def refuse(
        self,
        code: int,
        text: str = "refused by the test",
        *,
        to: str | None = None,
        times: int | None = None,
        at_recipient: bool = False,
    ) -> None:
        """Answer this to mails (to one address, so many times): after the content, or at the recipient."""
        refusals = self._at_recipient if at_recipient else self._at_data
        refusals.append(_Refusal(f"{code} {text}", to, times))

    def drop(self, times: int = 1, *, after_accepting: bool = False) -> None:
        """Cut the connection instead of answering; with `after_accepting` the mail counts as accepted."""
        if after_accepting:
            self._drops_after_accepting = times
        else:
            self._drops = times

    def go_away(self) -> None:
        """Cut all connections and refuse new ones."""
        self._run(self._stop_listening())

    def come_back(self) -> None:
        """Listen on the same port as before."""
        self._run(self._listen())

    def close(self) -> None:
        self.go_away()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    # aiosmtpd's hooks

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        for refusal in self._at_recipient:
            if refusal.applies([address]):
                return refusal.answer
        envelope.rcpt_tos.append(address)
        return OK

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        await asyncio.sleep(self._delay)
        for refusal in self._at_data:
            if refusal.applies(envelope.rcpt_tos):
                return refusal.answer
        if self._drops > 0:
            self._drops -= 1
            return self._cut(server)
        self._accept(envelope)
        if self._drops_after_accepting > 0:
            self._drops_after_accepting -= 1
            return self._cut(server)
        return OK

    def _accept(self, envelope: Envelope) -> None:
        content = envelope.original_content
        assert content is not None
        accepted = AcceptedMail(envelope.mail_from or "", list(envelope.rcpt_tos), content, time.time())
        with self._changed:
            self._mails.append(accepted)
            self._changed.notify_all()
        self.heard(accepted)

    # Its connections

    def _cut(self, server: SMTP) -> str:
        server.transport.abort()
        return OK

    def _connection(self) -> SMTP:
        sink = self

        class Connection(SMTP):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                sink.connections_made += 1
                sink._connections.add(self)
                super().connection_made(transport)

            def connection_lost(self, error: Exception | None) -> None:
                sink._connections.discard(self)
                super().connection_lost(error)

        options = {"hostname": "localhost", "enable_SMTPUTF8": True, **self._options}
        return Connection(self, loop=self._loop, **options)

    async def _listen(self) -> None:
        self._server = await self._loop.create_server(self._connection, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop_listening(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for connection in list(self._connections):
            if connection.transport is not None:
                connection.transport.abort()
        await asyncio.sleep(0)

    def _run(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    def tell(accepted: AcceptedMail) -> None:
        facts = {
            "message_id": accepted.message_id,
            "recipients": accepted.recipients,
            "accepted_at": accepted.accepted_at,
        }
        say(json.dumps(facts))

    sink = SmtpSink(heard=tell)
    say(str(sink.port))
    threading.Event().wait()


if __name__ == "__main__":
    main()
