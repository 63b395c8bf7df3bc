"""What the parent refuses before it starts a process, so that none is started again and again for nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from structlog.testing import capture_logs

from identity_service.bootstrap import configured
from identity_service.cli import checks, migrate
from identity_service.cli.doctor import database as doctor
from identity_service.cli.folders import prepare_data_dir
from identity_service.notification.senders import Level
from identity_service.settings import Settings, SettingsRefused
from tests.rpc.certificates import Authority

Configure = Callable[..., Settings]
WRONG = {
    "SECRET_KEYS": "",
    "DATABASE_URL": "postgresql://user:hunter2",
    "BROKER_URL": "redis://user:hunter2",
    "LIMITS_URL": "redis://user:hunter2",
    "SENDER": "smtp://user:hunter2@",
    "FROM": "nobody",
    "PUBLIC_URL": "example.com",
    "EDGE_URL": "https://mail.example.com/?x=1",
    "BRAND_NAME": " ",
    "USER_TYPES": ",",
    "LIMIT_REGISTER": "often",
    "LIMIT_SIGN_IN_ADDRESS": "0/1h",
    "RETRY_HIGH": "soon",
    "RETRY_OTHERS": "-1",
    "GRPC_ADDRESS": "0.0.0.0:50051",
    "HTTP_ADDRESS": "unix:/tmp/socket",
    "TLS_KEY": "/nowhere/key.pem",
}


@pytest.mark.parametrize("name", WRONG)
def test_a_setting_that_nothing_can_be_made_of_is_refused_by_name(name: str, configure: Configure, migrated: str):
    with pytest.raises(SettingsRefused, match=rf"IDENTITY_{name}\b") as refused:
        checks.refuse_unfit(configure(**{"DATABASE_URL": migrated, name: WRONG[name]}), listens=True)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user:hunter2@127.0.0.1:1/name?ssl=yes",
        "postgresql://user:hunter2@127.0.0.1:1/name?connect_timeout=soon",
        "postgresql://user:hunter2@127.0.0.1:1/name?connect_timeout=1&connect_timeout=2",
        "sqlite:///identity.db?timeout=hunter2",
        "sqlite:///identity.db?hunter2=1",
    ],
)
def test_an_option_that_no_database_knows_is_refused(url: str, configure: Configure):
    with pytest.raises(SettingsRefused, match="IDENTITY_DATABASE_URL: ") as refused:
        configured.database(configure(DATABASE_URL=url))
    assert "hunter2" not in str(refused.value)


def test_options_that_the_driver_knows_are_let_through(configure: Configure):
    for options in ("sslmode=require&connect_timeout=2", "host=a&host=b&application_name=x&options=-c%20geqo%3Doff"):
        configured.database(configure(DATABASE_URL=f"postgresql://user@/name?{options}"))


def test_all_wrong_settings_are_refused_at_once(configure: Configure):
    said = list(checks.objections(configure(FROM="nobody", LIMIT_OTP_REQUEST="often", HTTP_ADDRESS="foo")))
    assert [text.partition(":")[0] for text in said] == [
        "IDENTITY_HTTP_ADDRESS",
        "IDENTITY_FROM",
        "IDENTITY_LIMIT_OTP_REQUEST",
    ]


def test_a_tls_file_that_can_not_be_read_is_refused_by_its_setting(configure: Configure, tmp_path: Path):
    (tmp_path / "chain.pem").touch()
    (said,) = set(checks.objections(configure(TLS_CERTIFICATE="chain.pem", TLS_KEY="missing.pem")))
    assert said == "IDENTITY_TLS_KEY: cannot read missing.pem: No such file or directory"


def test_tls_files_that_hold_something_else_are_refused_by_their_settings(configure: Configure, tmp_path: Path):
    authority = Authority(tmp_path, "authority")
    server, other = authority.issue("server"), authority.issue("other")
    pair = {"TLS_CERTIFICATE": str(server.certificate), "TLS_KEY": str(server.private_key)}
    for wrong, named in (
        ({"TLS_KEY": str(other.private_key)}, "IDENTITY_TLS_CERTIFICATE and IDENTITY_TLS_KEY: "),
        ({"TLS_CERTIFICATE": str(server.private_key)}, "IDENTITY_TLS_CERTIFICATE and IDENTITY_TLS_KEY: "),
        ({"TLS_CLIENT_CA": str(server.private_key)}, "IDENTITY_TLS_CLIENT_CA: "),
    ):
        (said,) = set(checks.objections(configure(**pair | wrong)))
        assert said.startswith(named)
    assert not list(checks.objections(configure(**pair, TLS_CLIENT_CA=str(authority.certificate))))


def test_a_tls_key_with_a_passphrase_is_refused_and_nobody_is_asked_for_it(configure: Configure, tmp_path: Path):
    pair = Authority(tmp_path, "authority").issue("server")
    key = load_pem_private_key(pair.private_key.read_bytes(), None)
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"hunter2"))
    pair.private_key.write_bytes(locked)
    (said,) = set(checks.objections(configure(TLS_CERTIFICATE=str(pair.certificate), TLS_KEY=str(pair.private_key))))
    assert "without a passphrase" in said


def test_what_is_right_is_let_through(configure: Configure, migrated: str):
    checks.refuse_unfit(configure(DATABASE_URL=migrated), listens=True)


def test_a_worker_needs_no_address_no_certificate_and_no_limits(configure: Configure, migrated: str):
    configuration = configure(DATABASE_URL=migrated, GRPC_ADDRESS="0.0.0.0:50051", TLS_KEY="/nowhere/key.pem")
    with capture_logs() as logs:
        checks.refuse_unfit(configuration, listens=False)
    assert logs == []


def test_a_database_that_is_away_is_let_through(configure: Configure):
    checks.refuse_unfit(configure(DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing"), listens=True)


def test_a_database_without_a_schema_is_refused(configure: Configure, tmp_path: Path):
    (tmp_path / "empty.db").touch()
    with pytest.raises(SettingsRefused, match="identity-service migrate"):
        checks.refuse_unfit(configure(DATABASE_URL="sqlite:///empty.db"), listens=True)


@pytest.mark.parametrize(
    ("version", "remedy"),
    [("9999", "start the newer release"), ("ae1027a6acf8", "another program"), ("000b27a6acf8", "another program")],
)
def test_a_database_that_this_release_cannot_migrate_is_refused_and_nobody_is_told_to_migrate_it(
    version: str, remedy: str, configure: Configure, migrated: str
):
    configuration = configure(DATABASE_URL=migrated)
    opened = configured.database(configuration)
    with opened.connect() as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{version}'")
    refused = f"The database has schema {version}, and this release needs [0-9]{{4}}: {remedy}"
    with pytest.raises(SettingsRefused, match=refused):
        checks.refuse_unfit(configuration, listens=True)
    with pytest.raises(SettingsRefused, match=refused):
        migrate.migrated(opened)
    (problem,) = (found for found in doctor(configuration) if found.level is Level.PROBLEM)
    assert (problem.remedy or "").startswith(remedy)
    opened.close()


def test_a_database_that_does_not_exist_is_refused_and_not_made(configure: Configure, tmp_path: Path):
    with pytest.raises(
        SettingsRefused, match=r"there is no .identity/identity\.db yet. Run `identity-service migrate`"
    ):
        checks.refuse_unfit(configure(), listens=True)
    assert list(tmp_path.iterdir()) == []


def test_folders_are_made_for_the_owner_alone(configure: Configure, tmp_path: Path):
    prepare_data_dir(configure(DATABASE_URL="sqlite:///elsewhere/identity.db"))
    for folder in (tmp_path / ".identity", tmp_path / "elsewhere"):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_a_database_file_is_made_for_its_owner_alone(configure: Configure, tmp_path: Path):
    database = configured.database(configure(DATABASE_URL="sqlite:///identity.db"))
    with database.begin() as transaction:
        transaction.connection.exec_driver_sql("CREATE TABLE things (id INTEGER)")
        files = list(tmp_path.glob("identity.db*"))
        assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
        assert len(files) > 1
    database.close()


def test_a_folder_that_can_not_be_made_is_refused_by_its_setting(configure: Configure, tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(SettingsRefused, match="IDENTITY_DATA_DIR: cannot make the folder file/data: Not a directory"):
        prepare_data_dir(configure(DATA_DIR="file/data"))


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:x.db?mode=ro&uri=true"])
def test_only_a_database_in_a_file_has_one(url: str, configure: Configure):
    assert configured.database(configure(DATABASE_URL=url)).file is None
