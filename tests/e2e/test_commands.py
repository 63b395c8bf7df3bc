"""What commands answer to an operator's mistakes: a sentence, an exit code, no traceback, and nothing left behind."""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from identity.v1.session_service_pb2 import GetJsonWebKeySetRequest

from identity_service import secret_keys
from tests.e2e.forked import run_to_its_end
from tests.services.api_keys import new_api_key
from tests.services.places import free_port
from tests.services.service import PREFIX, Client, Program, reason
from tests.services.waiting import eventually

PASSWORD = "hunter2hunter2"
NO_DATABASE = f"postgresql://somebody:{PASSWORD}@127.0.0.1:1/nothing"
CONFIG, UNAVAILABLE = 78, 69
DRAMATIQ = ["dramatiq", "workers", "--processes", "1", "--threads", "1"]
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs a command to its end, in an empty folder, with a key and these settings: its exit code and words."""

    def run_command(*arguments: str, **settings: Any) -> tuple[int, str]:
        given = {"SECRET_KEYS": secret_keys.generate(), "GRPC_ADDRESS": "127.0.0.1:0", "HTTP_ADDRESS": "127.0.0.1:0"}
        log = tmp_path_factory.mktemp("said") / "log"
        code = run_to_its_end(arguments, environment(given | settings), tmp_path, log)
        said = log.read_text()
        assert "Traceback" not in said, said
        assert PASSWORD not in said
        return code, said

    return run_command


def environment(given: dict[str, Any]) -> dict[str, str]:
    """That of this process, with these settings and no others."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return ours | {f"{PREFIX}{name}": str(value) for name, value in given.items()}


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


@pytest.mark.parametrize(
    ("command", "setting", "value"),
    [
        ("serve", "LIMIT_REGISTER", "often"),
        ("serve", "DATABASE_URL", f"mysql://somebody:{PASSWORD}@host/name"),
        ("serve", "GRPC_ADDRESS", "unix:/tmp/shared"),
        ("migrate", "DATABASE_URL", f"postgresql://somebody:{PASSWORD}"),
        ("dev", "GRPC_ADDRESS", "foo"),
        ("dev", "HTTP_ADDRESS", "foo"),
        ("dev", "GRPC_ADDRESS", "0.0.0.0:50051"),
    ],
)
def test_a_wrong_setting_is_named_and_makes_no_folder(command: str, setting: str, value: str, run: Run, tmp_path: Path):
    code, said = run(command, **{setting: value})
    assert (code, f"identity-service: IDENTITY_{setting}: " in said) == (CONFIG, True), said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["migrate", "dev"])
def test_a_database_that_is_away_is_said_to_be_away(command: str, run: Run):
    code, said = run(command, DATABASE_URL=NO_DATABASE)
    assert code == UNAVAILABLE
    assert "Connection refused" in said
    assert "→ see that the database runs and answers, and that IDENTITY_DATABASE_URL names it" in said


def test_a_taken_port_ends_dev(run: Run, taken_port: int):
    code, said = run("dev", HTTP_ADDRESS=f"127.0.0.1:{taken_port}")
    assert (code, f"127.0.0.1:{taken_port} is in use; set IDENTITY_HTTP_ADDRESS" in said) == (CONFIG, True)


def test_what_a_process_of_serve_refuses_ends_serve(run: Run, taken_port: int):
    assert run("migrate")[0] == 0
    code, said = run("serve", HTTP_ADDRESS=f"127.0.0.1:{taken_port}", GRPC_PROCESSES=1)
    assert (code, f"127.0.0.1:{taken_port} is in use; set IDENTITY_HTTP_ADDRESS" in said) == (CONFIG, True)


def test_a_mail_to_no_address_is_not_sent(run: Run, tmp_path: Path):
    code, said = run("send-test", "foo")
    assert (code, "argument recipient: not an address of the form local@domain" in said) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_a_mail_of_no_kind_is_refused_with_those_there_are(run: Run):
    code, said = run("send-test", "ada@example.com", "--kind", "foo")
    assert (code, "choose from 'verification', 'one_time_code', " in said) == (2, True)


def test_a_command_that_is_interrupted_ends_without_more_words(taken_port: int, tmp_path: Path):
    silent = f"postgresql://somebody@127.0.0.1:{taken_port}/nothing?connect_timeout=60"
    settings = {"IDENTITY_SECRET_KEYS": secret_keys.generate(), "IDENTITY_DATABASE_URL": silent}
    program = Program.command("doctor", settings, tmp_path / "log")
    try:
        eventually(lambda: "HTTP at" in program.log, "the look before that at the database", timeout=60)
        os.kill(program.pid, signal.SIGINT)
        assert program.exit_code() == 128 + signal.SIGINT
    finally:
        program.end()
    assert "Traceback" not in program.log


def test_the_doctor_reports_each_problem_once_and_makes_nothing(run: Run, tmp_path: Path):
    code, said = run("doctor", SECRET_KEYS="", FROM="nobody", LIMIT_SIGN_IN="often")
    problems = [line.split(maxsplit=2)[1:] for line in said.splitlines() if line.startswith("PROBLEM")]
    assert code == 1
    assert [(area, text.partition(" ")[0].rstrip(":")) for area, text in problems] == [
        ("settings", "IDENTITY_FROM"),
        ("settings", "IDENTITY_SECRET_KEYS"),
        ("settings", "IDENTITY_LIMIT_SIGN_IN"),
        ("database", "sqlite+pysqlite:///.identity/identity.db"),
    ]
    assert list(tmp_path.iterdir()) == []


def test_the_doctor_minds_links_that_lead_nowhere_and_a_wrong_http_address(run: Run):
    sender = f"smtp://127.0.0.1:{free_port()}"
    _, said = run("doctor", SENDER=sender, HTTP_ADDRESS="127.0.0.1:80801")
    assert "PROBLEM  settings  IDENTITY_HTTP_ADDRESS: '127.0.0.1:80801' is no address to listen at" in said
    assert "links in mails would lead to http://127.0.0.1:80801" in said
    assert "→ set IDENTITY_PUBLIC_URL" in said


@pytest.mark.parametrize(
    ("setting", "value"), [("SECRET_KEYS", ""), ("BROKER_URL", "embedded"), ("SENDR", "unknown setting")]
)
def test_dramatiq_is_refused_in_a_sentence(setting: str, value: str, tmp_path: Path):
    given = {"SECRET_KEYS": secret_keys.generate(), "BROKER_URL": "redis://127.0.0.1:1/0", setting: value}
    settings = {f"{PREFIX}{name}": value for name, value in given.items()}
    program = Program(DRAMATIQ, settings, tmp_path / "log")
    assert program.exit_code() == CONFIG
    assert "identity-service: " in program.log
    assert f"IDENTITY_{setting}" in program.log
    assert "alembic" not in program.log
    assert "Traceback" not in program.log


def test_one_process_may_serve_at_a_unix_socket_whoever_has_a_key(run: Run, tmp_path: Path):
    address = f"unix:{tmp_path}/grpc.sock"
    settings = {
        "IDENTITY_SECRET_KEYS": secret_keys.generate(),
        "IDENTITY_DATABASE_URL": f"sqlite:///{tmp_path}/identity.db",
        "IDENTITY_GRPC_ADDRESS": address,
        "IDENTITY_HTTP_ADDRESS": f"127.0.0.1:{free_port()}",
        "IDENTITY_DATA_DIR": str(tmp_path),
        "IDENTITY_GRPC_PROCESSES": "1",
    }
    assert run("migrate", DATABASE_URL=settings["IDENTITY_DATABASE_URL"])[0] == 0
    program, client = Program.command("serve", settings, tmp_path / "log"), Client(address)
    try:
        eventually(client.is_serving, "a server at the Unix socket", timeout=60)
        with pytest.raises(grpc.RpcError) as refused:
            client.sessions.GetJsonWebKeySet(GetJsonWebKeySetRequest(), timeout=20)
        assert reason(refused.value) == "CALLER_UNAUTHENTICATED"
        with_key = Client(address, new_api_key(settings))
        assert with_key.sessions.GetJsonWebKeySet(GetJsonWebKeySetRequest(), timeout=20).keys
        with_key.close()
    finally:
        client.close()
        program.end()


def test_dramatiq_waits_for_a_database_that_is_away(redis_url: str, tmp_path: Path):
    settings = {
        "IDENTITY_SECRET_KEYS": secret_keys.generate(),
        "IDENTITY_DATABASE_URL": NO_DATABASE,
        "IDENTITY_BROKER_URL": redis_url,
    }
    program = Program(DRAMATIQ, settings, tmp_path / "log")
    try:
        eventually(lambda: program.events("database_unavailable_at_start"), "the warning")
        eventually(lambda: program.events("database_unavailable")[1:], "a look of the relay")
        program.terminate()
        assert program.exit_code() == 0
    finally:
        program.end()
    assert "Traceback" not in program.log
    assert "alembic" not in program.log
