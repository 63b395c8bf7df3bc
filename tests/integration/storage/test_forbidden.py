"""A role that PostgreSQL lets do less than the service needs."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from identity_service import secret_keys, settings
from identity_service.cli.doctor.database import database as doctor
from identity_service.notification.senders import Level
from identity_service.storage.database import Database
from identity_service.storage.errors import DatabaseForbids

ROLE = "identity_reader"


@pytest.fixture
def readers_url(postgres_url: str) -> Iterator[str]:
    """The database as a role knows it that may only read."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        role = sql.Identifier(ROLE)
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
        connection.execute(sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}").format(role))
        yield make_url(postgres_url).set(username=ROLE).render_as_string(hide_password=False)
        connection.execute(sql.SQL("DROP OWNED BY {}; DROP ROLE {}").format(role, role))


def test_it_is_told_what_to_grant(readers_url: str):
    database = Database(readers_url)
    with pytest.raises(DatabaseForbids, match="not available"):
        database.require_writable()
    database.close()


def test_the_doctor_goes_on(readers_url: str):
    given = {"IDENTITY_DATABASE_URL": readers_url, "IDENTITY_SECRET_KEYS": secret_keys.generate()}
    (problem,) = (found for found in doctor(settings.load(given)) if found.level is Level.PROBLEM)
    assert "permission denied for table users" in problem.text
    assert problem.remedy == DatabaseForbids.remedy
