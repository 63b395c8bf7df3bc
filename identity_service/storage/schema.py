"""Which schema a database has, and which one this release needs. Alembic, which changes it, is not loaded for that."""

from sqlalchemy import inspect, text

from identity_service.storage.database import Database

NEEDED = "0001"
"""The newest of the migrations."""


class SchemaOutdated(Exception):
    """The database lacks migrations that this release needs; the text says what to do."""

    def __init__(self) -> None:
        super().__init__("The database schema is not that of this release. Run `identity-service migrate`.")


def current(database: Database) -> str | None:
    """The schema version of the database, None before the first migration."""
    with database.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        version: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return version


def require_current(database: Database) -> None:
    """Raise `SchemaOutdated` unless the database has this release's schema."""
    if current(database) != NEEDED:
        raise SchemaOutdated()
