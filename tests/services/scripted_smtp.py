"""An SMTP server that follows a script, to the byte and at the pace that a fault needs."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self


class Peer:
    """The server's end of one connection."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # what is said has left
        self.connection = connection
        self._lines = connection.makefile("rb")

    def say(self, *lines: str) -> None:
        self.connection.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def hear(self) -> str:
        """The next line; nothing once the other end is gone."""
        try:
            return self._lines.readline().decode().rstrip("\r\n")
        except ConnectionResetError:
            return ""

    def greet(self, *extensions: str) -> None:
        self.say("220 ready")
        self.hear()
        self.say("250-here", *(f"250-{extension}" for extension in extensions), "250 HELP")

    def agree(self) -> None:
        """To MAIL FROM, RCPT TO and DATA."""
        for answer in ("250 ok", "250 ok", "354 go ahead"):
            self.hear()
            self.say(answer)

    def hear_message(self) -> None:
        """Up to the final dot."""
        while (line := self._lines.readline()) != b".\r\n":
            if not line:
                raise ConnectionAbortedError("the message has no end")

    def take_message(self, answer: str = "250 2.0.0 Ok: queued as 4F9D195432C") -> None:
        self.hear_message()
        self.say(answer)

    def hang_up(self) -> None:
        self.connection.shutdown(socket.SHUT_RDWR)


def take_one_mail(peer: Peer) -> None:
    """The script of a server at which nothing goes wrong."""
    peer.greet()
    peer.agree()
    peer.take_message()
    peer.hear()


Script = Callable[[Peer], Any]


class ScriptedServer:
    """Plays one script for each connection, in order."""

    def __init__(self, *scripts: Script) -> None:
        self._scripts = scripts
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.connections = 0
        self._thread = threading.Thread(target=self._play, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # it is not connected, and the thread in accept() wakes all the same
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def wait(self) -> None:
        """Until every script was played."""
        self._thread.join(30)

    def _play(self) -> None:
        for script in self._scripts:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # closed: the test is over
                return
            self.connections += 1
            with connection:
                try:
                    script(Peer(connection))
                except OSError:  # the sender has left
                    continue
