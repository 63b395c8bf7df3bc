"""The tour of the README, replayed by a client that nobody here wrote and that knows the contract by reflection."""

import json
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from identity_service.notification.senders import Mailbox
from tests.services.household import CODE
from tests.services.service import Program
from tests.services.waiting import eventually

README = Path(__file__).parents[2] / "README.md"
BUF = Path(sys.executable).with_name("buf")
ENUM_VALUE = re.compile(r"[A-Z]+(_[A-Z]+)+")
STEP = re.compile(r"```sh tour\nrpc (?P<method>\S+) (?P<request>'.*?')\n```\n```json\n(?P<answer>.*?)\n```", re.DOTALL)


class Tourist:
    """Follows the tour: what one answer named or one mail said, the next call uses."""

    def __init__(self, grpc_address: str, mailbox: Mailbox) -> None:
        self._address = grpc_address
        self._mailbox = mailbox
        self._seen: set[Any] = set()
        self.notification_id = ""

    def call(self, method: str, request: dict[str, Any]) -> dict[str, Any]:
        command = [BUF, "curl", "--http2-prior-knowledge", "--protocol", "grpc", "-d", json.dumps(request)]
        done = subprocess.run(
            [*command, f"http://{self._address}/{method}"], capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        self.notification_id = answer.get("notificationId", self.notification_id)
        return answer

    def newest_code(self) -> str:
        """The code of a mail that has not been looked at before."""
        return eventually(self._look_for_code, "a mail with a code")

    def _look_for_code(self) -> str:
        for summary in self._mailbox.summaries():
            mail = self._mailbox.read(summary.notification_id)
            codes = CODE.findall(mail.text or "") if mail else []
            if codes and summary.notification_id not in self._seen:
                self._seen.add(summary.notification_id)
                return str(codes[0])
        return ""

    def filled(self, request: Any) -> Any:
        """The request of the README with the codes and ids of this run."""
        if isinstance(request, dict):
            return {name: self._filled_field(name, value) for name, value in request.items()}
        return request

    def _filled_field(self, name: str, value: Any) -> Any:
        if name == "code":
            return self.newest_code()
        return self.notification_id if name == "notification_id" else self.filled(value)


@pytest.fixture
def tourist(tmp_path: Path) -> Iterator[Tourist]:
    grpc_address, http_address = (f"127.0.0.1:{port}" for port in _free_ports(2))
    settings = {
        "IDENTITY_GRPC_ADDRESS": grpc_address,
        "IDENTITY_HTTP_ADDRESS": http_address,
        "IDENTITY_DATA_DIR": str(tmp_path),
    }
    program = Program.command("dev", settings, tmp_path / "log")
    eventually(lambda: "Ctrl-C stops" in program.log, "the greeting of dev", timeout=60)
    yield Tourist(grpc_address, Mailbox(tmp_path / "mail"))
    program.end()


def test_every_step_of_the_tour_answers_as_the_readme_shows(tourist: Tourist):
    steps = list(STEP.finditer(README.read_text()))
    assert len(steps) == 5
    for step in steps:
        request = tourist.filled(json.loads(shlex.split(step["request"])[0]))
        shown = json.loads(step["answer"])
        if "notification" in shown:  # the README shows the mail when it has been sent
            eventually(partial(_is_sent, tourist, request), "delivery")
        assert shape(tourist.call(step["method"], request)) == shape(shown), step["method"]


def _is_sent(tourist: Tourist, request: dict[str, Any]) -> bool:
    answer = tourist.call("notification.v1.NotificationService/GetNotification", request)
    return bool(answer["notification"]["state"] == "NOTIFICATION_STATE_SENT")


def shape(answer: Any) -> Any:
    """An answer without what differs from run to run: ids, times, tokens and addresses; names and enums stay."""
    if isinstance(answer, dict):
        return {name: shape(value) for name, value in answer.items()}
    if isinstance(answer, list):
        return [shape(value) for value in answer]
    return answer if isinstance(answer, str) and ENUM_VALUE.fullmatch(answer) else type(answer).__name__


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in sockets]
    for listener in sockets:
        listener.close()
    return ports
