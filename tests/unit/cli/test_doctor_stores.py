"""What the doctor says of a Redis that cannot be used."""

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from identity_service.cli.doctor.stores import broker
from identity_service.settings import Settings
from tests.services.places import free_port

Configure = Callable[..., Settings]


class OldRedis(socketserver.StreamRequestHandler):
    """Knows no command, and says so in the words of Redis, which repeat the arguments: HELLO brings the password."""

    def handle(self) -> None:
        while command := self._command():
            repeated = " ".join(f"`{word}`" for word in command[1:])
            self.wfile.write(f"-ERR unknown command `{command[0]}`, with args beginning with: {repeated}\r\n".encode())

    def _command(self) -> list[str]:
        """Words as Redis gets them: `*2`, `$5`, `HELLO`, `$1`, `3`."""
        count = int(self.rfile.readline().lstrip(b"*") or 0)
        return [[self.rfile.readline() for _ in ("length", "word")][1].decode().strip() for _ in range(count)]


class Refusing(socketserver.StreamRequestHandler):
    """Refuses whoever comes, as Redis does, and repeats what they said, as no Redis does."""

    def handle(self) -> None:
        said = self.request.recv(1000).decode().split("\r\n")
        self.wfile.write(f"-WRONGPASS invalid username-password pair: {said}\r\n".encode())


@contextmanager
def serving(handler: type[socketserver.BaseRequestHandler]) -> Iterator[int]:
    """A server in the place of Redis; its port."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield int(server.server_address[1])
        server.shutdown()
        thread.join()


def test_a_redis_that_is_away_is_said_to_be_away_and_its_password_is_not_said(configure: Configure):
    (finding,) = broker(configure(BROKER_URL=f"redis://:hunter2@127.0.0.1:{free_port()}/0"))
    assert "Connection refused" in finding.text
    assert "hunter2" not in finding.text


def test_a_url_that_is_none_is_not_quoted(configure: Configure):
    (finding,) = broker(configure(BROKER_URL="redis://user:hunter2"))
    assert "hunter2" not in finding.text


@pytest.mark.parametrize(
    ("handler", "words"),
    [(OldRedis, "it refuses HELLO or INFO (ResponseError)"), (Refusing, "it refuses the user or the password")],
)
def test_an_answer_that_repeats_the_password_is_not_said(
    handler: type[socketserver.BaseRequestHandler], words: str, configure: Configure
):
    with serving(handler) as port:
        (finding,) = broker(configure(BROKER_URL=f"redis://:hunter2@127.0.0.1:{port}/0"))
    assert finding.text == f"Redis cannot be used: {words}"
    assert "hunter2" not in str(finding)
