"""The commands that the page teaches must work as they are shown."""

import json
import subprocess
import sys
from pathlib import Path

import protovalidate
import pytest
from google.protobuf import json_format, symbol_database
from identity.v1 import account_service_pb2, session_service_pb2

from identity_service.identity.addresses import parse_address
from identity_service.identity.passwords import PasswordPolicy
from identity_service.web.commands import first_commands, link_command, reset_command, sign_in_command
from identity_service.web.link_pages import PATHS

GRPC_ADDRESS = "127.0.0.1:50051"
COMMANDS = [
    *first_commands(GRPC_ADDRESS),
    sign_in_command(GRPC_ADDRESS, "o'brien@example.com"),
    reset_command(GRPC_ADDRESS),
    *(link_command(GRPC_ADDRESS, path, "A" * 64) for path in PATHS),
]
FILES = (account_service_pb2, session_service_pb2)


def words_of(command):
    """What a shell makes of it."""
    script = f"printf '%s\\0' {command}"
    return subprocess.run(["sh", "-c", script], capture_output=True, check=True).stdout.decode().split("\0")[:-1]


def called(method):
    service, _, name = method.partition("/")
    found = symbol_database.Default().pool.FindServiceByName(service).methods_by_name[name]
    return next(getattr(file, found.input_type.name) for file in FILES if hasattr(file, found.input_type.name))()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.title)
def test_a_shell_reads_both_forms_as_the_same_call(command):
    grpcurl, buf = words_of(command.grpcurl), words_of(command.buf)
    assert grpcurl[:3] == ["grpcurl", "-plaintext", "-d"]
    assert Path(buf[0]).name == "buf"
    assert buf[1:6] == ["curl", "--protocol", "grpc", "--http2-prior-knowledge", "-d"]
    assert json.loads(grpcurl[3]) == json.loads(buf[6])
    assert buf[7] == f"http://{grpcurl[4]}/{grpcurl[5]}"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.title)
def test_the_call_is_in_the_contract_and_valid(command):
    words = words_of(command.grpcurl)
    protovalidate.validate(json_format.Parse(words[3], called(words[5])))


@pytest.mark.parametrize("command", first_commands("x")[:2], ids=lambda command: command.title)
def test_the_password_is_one_that_is_accepted(command):
    request = json.loads(words_of(command.grpcurl)[3])
    address = parse_address(request["email"])
    PasswordPolicy().check(request["password"], "password", address, [request["given_name"]])


def test_buf_is_called_where_it_was_installed(tmp_path, monkeypatch):
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/buf").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / ".venv/bin/python"))
    monkeypatch.chdir(tmp_path)
    assert reset_command(GRPC_ADDRESS).buf.startswith(".venv/bin/buf curl")
