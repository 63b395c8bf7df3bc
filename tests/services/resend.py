"""A server that speaks Resend's documented protocol over real sockets, and misbehaves on request.

https://resend.com/docs/api-reference: sending one mail or a hundred, idempotency keys, errors, rate limits, domains.
"""

import json
import re
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from uuid import uuid4

KEY = "re_test_key_with_full_access"
SENDING_KEY = "re_test_key_that_may_only_send"

_ADDRESS = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+")
_FROM = re.compile(rf"{_ADDRESS.pattern}|[^<>]*<{_ADDRESS.pattern}>")
_MOST_IN_A_BATCH = 100


@dataclass
class Request:
    """What was asked. `key` is its idempotency key."""

    method: str
    path: str
    key: str
    headers: dict[str, str]
    body: Any


@dataclass
class Answer:
    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)


Fault = Callable[["_Handler"], Answer | None]


class Refused(Exception):
    """An error of Resend's catalogue."""

    def __init__(self, status: int, name: str, message: str) -> None:
        self.answer = Answer(status, {"statusCode": status, "name": name, "message": message})


class ResendServer:
    """The server, in threads of its own. Mails that it has accepted stand in `mails`, as they were posted."""

    def __init__(self) -> None:
        self.mails: list[dict[str, Any]] = []
        self.requests: list[Request] = []
        self.connections = 0
        self.domains = [{"name": "example.org", "status": "verified"}, {"name": "example.net", "status": "pending"}]
        self.faults: list[Fault] = []
        self.lock = threading.Lock()
        self.over = threading.Event()
        self._answers: dict[str, tuple[str, Any, Answer | None]] = {}
        self._server = _Server(("127.0.0.1", 0), self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def url(self, key: str = KEY) -> str:
        return f"resend://{key}@127.0.0.1:{self.port}?tls=off"

    # How it behaves: each fault is for one request, in order

    def answer(self, status: int, name: str = "some_error", message: str = "No.", **headers: str) -> None:
        """Answer this, and do nothing."""
        given = {header.replace("_", "-"): value for header, value in headers.items()}
        body = {"statusCode": status, "name": name, "message": message}
        self.faults.append(lambda _: Answer(status, body, given))

    def hang(self) -> None:
        """Say nothing."""
        self.faults.append(lambda handler: handler.stay_silent())

    def reset(self, *, after_accepting: bool = False) -> None:
        """Cut the connection; with `after_accepting` the mails are accepted first."""
        self.faults.append(lambda handler: handler.cut(after_accepting))

    # The protocol

    def handle(self, request: Request) -> Answer:
        self.requests.append(request)
        try:
            self._require_headers(request)
            if request.method == "GET" and request.path == "/domains":
                return self._list_domains(request)
            if request.method == "POST" and request.path in ("/emails", "/emails/batch"):
                return self._once(request)
            raise Refused(404, "not_found", "The requested endpoint does not exist.")
        except Refused as refusal:
            return refusal.answer

    def _require_headers(self, request: Request) -> None:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer":
            raise Refused(401, "missing_api_key", "Missing API key in the authorization header.")
        if key not in (KEY, SENDING_KEY):
            raise Refused(403, "invalid_api_key", "API key is invalid.")
        if not request.headers.get("user-agent"):
            raise Refused(403, "forbidden", "1010")
        if request.method == "POST" and request.headers.get("content-type") != "application/json":
            raise Refused(422, "invalid_parameter", "The body must be JSON.")

    def _list_domains(self, request: Request) -> Answer:
        if request.headers["authorization"].endswith(SENDING_KEY):
            raise Refused(401, "restricted_api_key", "This API key is restricted to only send emails.")
        return Answer(200, {"object": "list", "data": self.domains})

    def _once(self, request: Request) -> Answer:
        if not 1 <= len(request.key) <= 256:
            raise Refused(400, "invalid_idempotency_key", "The key must be between 1-256 chars.")
        with self.lock:
            known = self._answers.get(request.key)
            if known is None:
                self._answers[request.key] = (request.path, request.body, None)
        if known is not None:
            return self._again(request, known)
        answer: Answer | None = None
        try:
            answer = self._send(request)
            return answer
        finally:  # only what was sent is kept
            with self.lock:
                if answer is None:
                    del self._answers[request.key]
                else:
                    self._answers[request.key] = (request.path, request.body, answer)

    def _again(self, request: Request, known: tuple[str, Any, Answer | None]) -> Answer:
        path, body, answer = known
        if answer is None:
            raise Refused(409, "concurrent_idempotent_requests", "The original request is still in progress.")
        if (path, body) != (request.path, request.body):
            raise Refused(409, "invalid_idempotent_request", "Same idempotency key, different request payload.")
        return answer

    def _send(self, request: Request) -> Answer:
        if request.path == "/emails":
            _check(request.body)
            return Answer(200, {"id": self._accept(request.body)})
        if not isinstance(request.body, list) or len(request.body) > _MOST_IN_A_BATCH:
            raise Refused(422, "invalid_parameter", "A batch has at most 100 mails.")
        return self._send_batch(request)

    def _send_batch(self, request: Request) -> Answer:
        errors, able = [], []
        for index, mail in enumerate(request.body):
            try:
                _check(mail, batch=True)
                able.append(mail)
            except Refused as refusal:
                if request.headers.get("x-batch-validation") != "permissive":
                    raise
                errors.append({"index": index, "message": refusal.answer.body["message"]})
        data = [{"id": self._accept(mail)} for mail in able]
        return Answer(200, {"data": data, "errors": errors} if errors else {"data": data})

    def _accept(self, mail: dict[str, Any]) -> str:
        with self.lock:
            self.mails.append(mail)
        return str(uuid4())


def _check(mail: Any, *, batch: bool = False) -> None:
    for name in ("from", "to", "subject"):
        if not mail.get(name):
            raise Refused(422, "missing_required_field", f"Missing `{name}` field.")
    if not mail.get("text") and not mail.get("html"):
        raise Refused(422, "missing_required_field", "Missing `html` or `text` field.")
    if not _FROM.fullmatch(mail["from"]):
        raise Refused(422, "invalid_from_address", "Invalid `from` field.")
    if len(mail["to"]) > 50 or not all(_ADDRESS.fullmatch(address) and address.isascii() for address in mail["to"]):
        raise Refused(422, "validation_error", "Invalid `to` field.")
    if batch and ("attachments" in mail or "scheduled_at" in mail):
        raise Refused(422, "invalid_parameter", "Not supported in a batch.")


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], service: ResendServer) -> None:
        self.service = service
        super().__init__(address, _Handler)

    def handle_error(self, *_: object) -> None:
        """A client that left is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.service.connections += 1

    def do_GET(self) -> None:
        self._serve(None)

    def do_POST(self) -> None:
        self._serve(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _serve(self, body: Any) -> None:
        service = self.server.service
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.request_given = Request(self.command, self.path, headers.get("idempotency-key", ""), headers, body)
        with service.lock:
            fault = service.faults.pop(0) if service.faults else None
        answer = fault(self) if fault else service.handle(self.request_given)
        if answer is not None:
            self._say(answer)

    def stay_silent(self) -> None:
        self.server.service.over.wait(60)
        self.close_connection = True

    def cut(self, after_accepting: bool) -> None:
        if after_accepting:
            self.server.service.handle(self.request_given)
        # With no time to linger, closing resets the connection.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def _say(self, answer: Answer) -> None:
        data = json.dumps(answer.body).encode()
        self.send_response(answer.status)
        for name, value in {"Content-Type": "application/json", **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Tests need no log of requests."""
