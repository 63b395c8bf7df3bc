"""Which schema a database has, and which one this release needs. Alembic, which changes it, is not loaded for that."""

from sqlalchemy import inspect, text

from identity_service.storage.database import Database

NEEDED = "0001"
"""The newest of the migrations."""


class SchemaDiffers(Exception):
    """The database has another release's schema, or none; the text says what to do."""

    def __init__(self, version: str | None) -> None:
        super().__init__(
            f"The database has schema {version or 'none'}, and this release needs {NEEDED}: {remedy(version)}."
        )


def current(database: Database) -> str | None:
    """The schema version of the database, None before the first migration."""
    with database.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        version: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return version


def require_current(database: Database) -> None:
    """Raise `SchemaDiffers` unless the database has this release's schema."""
    version = current(database)
    if version != NEEDED:
        raise SchemaDiffers(version)


def require_no_newer(database: Database) -> str | None:
    """The version, which this release can bring to what it needs. Raises `SchemaDiffers` for a later one."""
    version = current(database)
    if is_newer(version):
        raise SchemaDiffers(version)
    return version


def is_newer(version: str | None) -> bool:
    """Whether a later release has made it. Versions are numbers of four digits."""
    return version is not None and version > NEEDED


def remedy(version: str | None) -> str:
    """What an operator does about a version that is not the one needed."""
    if is_newer(version):
        return "start the newer release that has migrated it, or restore a backup from before"
    return "run `identity-service migrate`"
