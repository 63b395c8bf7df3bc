"""What the doctor says of a Redis that cannot be used."""

from collections.abc import Callable

from identity_service.cli.doctor.stores import broker
from identity_service.settings import Settings
from tests.services.places import free_port

Configure = Callable[..., Settings]


def test_a_redis_that_is_away_is_said_to_be_away_and_its_password_is_not_said(configure: Configure):
    (finding,) = broker(configure(BROKER_URL=f"redis://:hunter2@127.0.0.1:{free_port()}/0"))
    assert "Connection refused" in finding.text
    assert "hunter2" not in finding.text


def test_a_url_that_is_none_is_not_quoted(configure: Configure):
    (finding,) = broker(configure(BROKER_URL="redis://user:hunter2"))
    assert "hunter2" not in finding.text
