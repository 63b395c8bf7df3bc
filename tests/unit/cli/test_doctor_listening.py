"""What the doctor says of the addresses to listen at."""

import socket
from collections.abc import Callable, Iterator

import pytest

from identity_service.cli.doctor.listening import listening
from identity_service.notification.senders import Level
from identity_service.settings import Settings
from tests.services.places import free_port

Configure = Callable[..., Settings]


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize("which", ["GRPC", "HTTP"])
def test_a_port_in_use_is_pointed_out(which: str, taken_port: int, configure: Configure):
    free = {name: f"127.0.0.1:{free_port()}" for name in ("GRPC_ADDRESS", "HTTP_ADDRESS")}
    found = list(listening(configure(**free | {f"{which}_ADDRESS": f"127.0.0.1:{taken_port}"})))
    (warning,) = (finding for finding in found if finding.level is not Level.OK)
    assert warning.text == f"{which.replace('GRPC', 'gRPC')} at 127.0.0.1:{taken_port}, which is in use"
    assert f"IDENTITY_{which}_ADDRESS" in (warning.remedy or "")


def test_a_plaintext_that_was_allowed_beyond_loopback_is_pointed_out(configure: Configure):
    exposed = configure(GRPC_ADDRESS="0.0.0.0:0", HTTP_ADDRESS="127.0.0.1:0", ALLOW_PLAINTEXT_BEYOND_LOOPBACK="true")
    warnings = [finding.text for finding in listening(exposed) if finding.level is Level.WARNING]
    assert warnings == ["API keys, passwords and codes can be read on their way"]
