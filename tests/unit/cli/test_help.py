from importlib.metadata import version

import pytest

from identity_service import cli


@pytest.mark.parametrize(
    ("command", "what_to_know"),
    [
        ("dev", "IDENTITY_DATA_DIR"),
        ("serve", "IDENTITY_SECRET_KEYS"),
        ("worker", "IDENTITY_BROKER_URL"),
        ("migrate", "before servers and workers"),
        ("secret-keys", "To rotate"),
        ("keys", "--scopes"),
        ("doctor", "Exits with 1"),
    ],
)
def test_help_of_a_command_closes_with_what_to_know_before(command, what_to_know, capsys):
    with pytest.raises(SystemExit):
        cli.main([command, "--help"])
    assert what_to_know in capsys.readouterr().out.partition("show this help message and exit")[2]


def test_the_version_is_that_of_the_package(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])
    assert (ended.value.code, capsys.readouterr().out) == (0, f"identity-service {version('identity-service')}\n")
