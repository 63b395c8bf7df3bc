"""A range API like that of Pwned Passwords, in this process."""

import hashlib
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class PwnedServer:
    """Knows some passwords, and remembers what it was asked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.known: dict[str, int] = {}
        self.status = 200
        self.location = ""
        """Where an answer sends whoever asks, if it does."""
        self.garbage = ""
        self.kept_back = 0
        """How many bytes of an answer are promised and never sent."""
        self.pause = 0.0
        """Seconds before each byte of an answer."""

    def knows(self, password: str, times: int = 7) -> None:
        """Have it answer that the password was seen so often; 0 is padding."""
        self.known[hashlib.sha1(password.encode()).hexdigest().upper()] = times

    def answer(self, prefix: str) -> str:
        lines = [f"{digest[5:]}:{times}" for digest, times in self.known.items() if digest.startswith(prefix)]
        return self.garbage or "\r\n".join(["0" * 35 + ":3", *lines, "F" * 35 + ":0"])


@contextmanager
def pwned_server(tls: ssl.SSLContext | None = None) -> Iterator[PwnedServer]:
    """One that runs until the block ends; in the clear unless `tls` is given."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            prefix = self.path.rpartition("/")[2]
            pwned.asked.append((self.path, dict(self.headers)))
            body = pwned.answer(prefix).encode()
            self.send_response(pwned.status)
            if pwned.location:
                self.send_header("Location", pwned.location)
            self.send_header("Content-Length", str(len(body) + pwned.kept_back))
            self.end_headers()
            with suppress(OSError):  # nobody waits for the rest
                for piece in [bytes([byte]) for byte in body] if pwned.pause else [body]:
                    time.sleep(pwned.pause)
                    self.wfile.write(piece)

        def log_message(self, *_: object) -> None:
            """Nothing: pytest shows what matters."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    pwned = PwnedServer(f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}/range")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield pwned
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
