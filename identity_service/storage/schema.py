"""Which schema a database has, and which one this release needs. Alembic, which changes it, is not loaded for that."""

import re

from sqlalchemy import inspect, text

from identity_service.storage.database import Database

NEEDED = "0001"
"""The newest of the migrations, which are numbers of four digits."""


class SchemaDiffers(Exception):
    """The database has another schema than this release's, or none; the text says what to do."""

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


def require_migratable(database: Database) -> str | None:
    """The version, which this release can bring to what it needs. Raises `SchemaDiffers` for any other."""
    version = current(database)
    if not _is_migratable(version):
        raise SchemaDiffers(version)
    return version


def remedy(version: str | None) -> str:
    """What an operator does about a version that is not the one needed."""
    if _is_migratable(version):
        return "run `identity-service migrate`"
    if _is_ours(version):
        return "start the newer release that has migrated it, or restore a backup from before"
    return "another program keeps its tables there; let IDENTITY_DATABASE_URL name a database of this service's own"


def _is_migratable(version: str | None) -> bool:
    return version is None or (_is_ours(version) and version <= NEEDED)


def _is_ours(version: str | None) -> bool:
    """Others, too, use Alembic, which makes up letters and digits."""
    return re.fullmatch("[0-9]{4}", version or "") is not None
