"""`dev`: all in one process on SQLite, killed, or with a database file that takes nothing more."""

import resource
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from tests.faults.cluster import message_id, new_address, register_request
from tests.faults.mail_server import HoldingSink
from tests.services.places import free_port
from tests.services.service import Client, Program, reason
from tests.services.waiting import eventually


class OneProcess:
    """`dev` with a data folder that outlives it."""

    def __init__(self, folder: Path) -> None:
        self.sink = HoldingSink()
        self.folder = folder
        self.address = f"127.0.0.1:{free_port()}"
        self.settings = {
            "IDENTITY_DATA_DIR": str(folder / "data"),
            "IDENTITY_SENDER": self.sink.url,
            "IDENTITY_GRPC_ADDRESS": self.address,
            "IDENTITY_HTTP_ADDRESS": f"127.0.0.1:{free_port()}",
        }
        self.client = Client(self.address)
        self.start()

    def start(self) -> None:
        self.program = Program.command("dev", self.settings, self.folder / "log")
        eventually(self.client.is_serving, "a server that serves", timeout=60)

    def query(self, statement: str) -> list[tuple[object, ...]]:
        connection = sqlite3.connect(self.folder / "data" / "identity.db", isolation_level=None, timeout=20)
        try:
            return connection.execute(statement).fetchall()
        finally:
            connection.close()

    def close(self) -> None:
        self.client.close()
        self.program.end()
        self.sink.close()


@pytest.fixture(scope="module")
def one_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OneProcess]:
    """One for all tests: each leaves it running."""
    process = OneProcess(tmp_path_factory.mktemp("dev"))
    yield process
    process.close()


def test_dev_says_that_it_is_open(one_process: OneProcess) -> None:
    eventually(lambda: one_process.program.events("open_to_everybody_on_this_machine"), "the warning")


def test_a_full_disk_is_answered_clearly_and_leaves_nothing_half_done(one_process: OneProcess) -> None:
    before = rows(one_process)
    may_write(one_process.program, 4096)
    request = register_request(new_address())
    with pytest.raises(grpc.RpcError) as refusal:
        one_process.client.accounts.RegisterUser(request, timeout=20)
    assert refusal.value.code() is grpc.StatusCode.UNAVAILABLE  # type: ignore[attr-defined]
    assert reason(refusal.value) == "DATABASE_UNAVAILABLE"
    assert rows(one_process) == before
    may_write(one_process.program, resource.RLIM_INFINITY)
    answer = one_process.client.accounts.RegisterUser(request, timeout=20)
    (mail,) = eventually(lambda: one_process.sink.to(request.email), "the mail")
    assert mail.message_id == message_id(answer.notification_id)


def may_write(program: Program, size: int) -> None:
    """Let the process make no file larger than `size`: what it writes beyond fails, as on a disk that is full."""
    _, hard = resource.prlimit(program.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(program.pid, resource.RLIMIT_FSIZE, (size, hard))


def rows(one_process: OneProcess) -> list[tuple[object, ...]]:
    tables = ("registrations", "challenges", "notifications", "audit_events", "answered_requests")
    return [one_process.query(f"SELECT count(*) FROM {table}")[0] for table in tables]


def test_a_mail_outlives_its_process_that_is_killed_right_after_the_call(one_process: OneProcess) -> None:
    one_process.sink.hold()
    request = register_request(new_address())
    answer = one_process.client.accounts.RegisterUser(request, timeout=20)
    one_process.program.kill()
    one_process.sink.mend()
    one_process.start()
    one_process.query("UPDATE notifications SET relay_at = created_at")  # the lease of the dead process has run out
    (mail, *more) = eventually(lambda: one_process.sink.to(request.email), "the mail")
    assert mail.message_id == message_id(answer.notification_id)
    assert not more
