"""The wheel holds all that runs: it is built, installed beside nothing else of ours, and tried from an empty folder."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx2
import pytest
from identity.v1.account_service_pb2 import RegisterUserRequest

from identity_service.notification.senders import Mailbox
from tests.services.places import free_port
from tests.services.service import PREFIX, Client
from tests.services.waiting import eventually

ROOT = Path(__file__).parents[2]
PIP = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
OURS = ["identity_service", "workers", "templates", "identity.v1", "notification.v1", "buf.validate"]
WHERE = "import importlib, sys; print(*[importlib.import_module(name).__path__[0] for name in sys.argv[1:]], sep='\\n')"


class Installed(NamedTuple):
    """Where the wheel lies unpacked, an empty folder to start from, and the environment that prefers the wheel."""

    target: Path
    folder: Path
    environment: dict[str, str]
    grpc: str
    http: str


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    place = tmp_path_factory.mktemp("wheel")
    wheels, target, folder = (place / name for name in ("wheels", "target", "empty"))
    folder.mkdir()
    offline = ["--no-index", "--no-deps"]
    pip("wheel", str(ROOT), *offline, "--no-build-isolation", "--wheel-dir", str(wheels))
    (wheel,) = wheels.iterdir()
    pip("install", *offline, "--target", str(target), str(wheel))
    grpc, http = (f"127.0.0.1:{free_port()}" for _ in range(2))
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    environment |= {"PYTHONPATH": str(target), "IDENTITY_GRPC_ADDRESS": grpc, "IDENTITY_HTTP_ADDRESS": http}
    return Installed(target, folder, environment, grpc, http)


@pytest.fixture
def dev(installed: Installed) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "identity_service", "dev"]
    process = subprocess.Popen(
        command, cwd=installed.folder, env=installed.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    yield process
    process.kill()
    process.wait()


def pip(*arguments: str) -> None:
    done = subprocess.run([*PIP, *arguments], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr


def test_what_is_imported_lies_in_the_wheel(installed: Installed):
    done = subprocess.run(
        [sys.executable, "-c", WHERE, *OURS],
        capture_output=True,
        text=True,
        cwd=installed.folder,
        env=installed.environment,
    )
    places = done.stdout.splitlines()
    assert len(places) == len(OURS), done.stderr
    assert all(Path(place).is_relative_to(installed.target) for place in places), places


def test_the_service_of_the_wheel_registers_somebody_and_shows_the_mail(
    installed: Installed, dev: "subprocess.Popen[bytes]"
):
    client = Client(installed.grpc)
    try:
        eventually(client.is_serving, "dev from the wheel", timeout=60)
        request = RegisterUserRequest(email="ada@example.com", password="fjord-quilt-ember-42", given_name="Ada")
        client.accounts.RegisterUser(request, timeout=20)
    finally:
        client.close()
    mailbox = Mailbox(installed.folder / ".identity" / "mail")
    eventually(mailbox.summaries, "the mail")
    page = httpx2.get(f"http://{installed.http}/", follow_redirects=True, trust_env=False)
    assert page.status_code == 200
    assert "ada@example.com" in page.text
    dev.terminate()
    assert dev.wait(30) == 0
