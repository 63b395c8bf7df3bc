"""Schema migrations (Alembic). Each runs beside the release before it, so servers need not stop for it."""

from importlib import resources

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from identity_service.storage.database import Database
from identity_service.storage.tables import metadata


def upgrade(database: Database) -> None:
    """Bring the schema to the version this release needs. Safe to run from several places at once."""
    config = _config()
    with database.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def differences(database: Database) -> list[object]:
    """What the migrated schema and `tables` disagree on; empty when the migrations are complete."""
    with database.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.files("identity_service.storage") / "migrations"))
    config.set_main_option("path_separator", "os")
    return config
