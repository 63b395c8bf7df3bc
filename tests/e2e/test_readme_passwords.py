"""What the README shows of passwords, pasted into a program that has a connection to `dev`."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from identity.v1 import account_service_pb2 as accounts_pb2
from identity.v1 import session_service_pb2 as sessions_pb2

from identity_service.notification.senders import Mailbox
from tests.services.household import LINK, PASSWORD
from tests.services.places import free_port
from tests.services.service import Client, Program
from tests.services.waiting import eventually

README = Path(__file__).parents[2] / "README.md"
SECTION = re.compile(r"^### Passwords.*?```python\n(?P<code>.*?)```", re.DOTALL | re.MULTILINE)
ADA, IP = "ada@example.com", "192.0.2.1"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    address = f"127.0.0.1:{free_port()}"
    settings = {
        "IDENTITY_GRPC_ADDRESS": address,
        "IDENTITY_HTTP_ADDRESS": f"127.0.0.1:{free_port()}",
        "IDENTITY_DATA_DIR": str(tmp_path),
    }
    program = Program.command("dev", settings, tmp_path / "log")
    connected = Client(address)
    eventually(connected.is_serving, "an answer of dev", timeout=60)
    yield connected
    connected.close()
    program.end()


def newest_token(mailbox: Mailbox, count: int) -> str:
    """The token of the newest mail, once there are so many."""
    summaries = eventually(lambda: (found := mailbox.summaries())[count - 1 :] and found, f"{count} mails")
    mail = mailbox.read(summaries[0].notification_id)
    assert mail is not None
    return LINK.findall(mail.text or "")[0]


def test_a_password_is_reset_and_changed_as_the_readme_shows(client: Client, tmp_path: Path):
    found = SECTION.search(README.read_text())
    assert found is not None
    pasted: dict[str, Any] = {"accounts": client.accounts}
    exec(found["code"], pasted)
    mailbox = Mailbox(tmp_path / "mail")
    client.accounts.RegisterUser(accounts_pb2.RegisterUserRequest(email=ADA, password=PASSWORD), timeout=10)
    client.accounts.VerifyEmail(accounts_pb2.VerifyEmailRequest(token=newest_token(mailbox, 1)), timeout=10)
    eventually(lambda: len(mailbox.summaries()) == 2, "the welcome")

    pasted["send_reset_link"](ADA, IP)
    user = pasted["reset_password"](newest_token(mailbox, 3), "walnut-comet-drizzle-7", IP)
    pasted["change_password"](user.user_id, "", "walnut-comet-drizzle-7", "another-quilt-ember-9", IP)

    sign_in = sessions_pb2.SignInRequest(email=ADA, password="another-quilt-ember-9")
    assert client.sessions.SignIn(sign_in, timeout=10).user.user_id == user.user_id
    sign_in.password = PASSWORD
    with pytest.raises(grpc.RpcError):
        client.sessions.SignIn(sign_in, timeout=10)
