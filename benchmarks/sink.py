"""An SMTP server that takes every mail, notes when it had the last byte of it, and keeps nothing else.

python -m benchmarks.sink FILE MS   prints its port, appends `recipient seconds` per mail, which it answers after MS
milliseconds, ends with its standard input

The seconds are those of `time.monotonic`, which all processes of a machine share.
"""

import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path

GREETING = b"220 sink ready\r\n"
HELLO = b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 10485760\r\n"
OK = b"250 2.0.0 Ok\r\n"
END = b"\r\n.\r\n"


class Connection(asyncio.Protocol):
    """One client. Commands may come several at a time (RFC 2920), and each gets its answer in order."""

    def __init__(self, accept: Callable[[str, float], None], delay_seconds: float) -> None:
        self._accept = accept
        self._delay_seconds = delay_seconds
        self._waits = False
        self._received = bytearray()
        self._in_data = False
        self._recipient = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(GREETING)

    def data_received(self, data: bytes) -> None:
        self._received += data
        self._go_on()

    def _go_on(self) -> None:
        while not self._waits and (self._end_of_mail() if self._in_data else self._command()):
            pass

    def _end_of_mail(self) -> bool:
        end = self._received.find(END)
        if end < 0:
            return False
        accepted_at = time.monotonic()
        self._accept(self._recipient, accepted_at)
        del self._received[: end + len(END)]
        self._in_data = False
        if not self._delay_seconds:
            self._transport.write(OK)
            return True
        self._waits = True
        asyncio.get_running_loop().call_later(self._delay_seconds, self._answer_late)
        return False

    def _answer_late(self) -> None:
        self._waits = False
        self._transport.write(OK)
        self._go_on()

    def _command(self) -> bool:
        end = self._received.find(b"\r\n")
        if end < 0:
            return False
        line = bytes(self._received[:end])
        del self._received[: end + 2]
        self._answer(line)
        return True

    def _answer(self, line: bytes) -> None:
        match line[:4].upper():
            case b"EHLO":
                self._transport.write(HELLO)
            case b"RCPT":
                self._recipient = line.partition(b"<")[2].partition(b">")[0].decode()
                self._transport.write(OK)
            case b"DATA":
                self._in_data = True
                self._transport.write(b"354 go ahead\r\n")
            case b"QUIT":
                self._transport.write(b"221 bye\r\n")
                self._transport.close()
            case _:
                self._transport.write(OK)


async def serve(log: Path, delay_seconds: float) -> None:
    with log.open("a") as notes:

        def accept(recipient: str, accepted_at: float) -> None:
            notes.write(f"{recipient} {accepted_at}\n")
            notes.flush()

        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Connection(accept, delay_seconds), "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)
        await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2]) / 1000))
