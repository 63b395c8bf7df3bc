"""Schema migrations (Alembic). Each runs beside the release before it, so servers need not stop for it."""

from importlib import resources

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from identity_service.storage.database import Database
from identity_service.storage.tables import metadata


class SchemaOutdated(Exception):
    """The database lacks migrations that this release needs; the text says what to do."""

    def __init__(self) -> None:
        super().__init__("The database schema is not that of this release. Run `identity-service migrate`.")


def upgrade(database: Database) -> str:
    """Bring the schema to this release's version and return that version. Safe to run from several places at once."""
    config = _config()
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return head()


def head() -> str:
    """The schema version that this release needs."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    assert revision is not None  # noqa: S101 - the tree ships at least one migration
    return revision


def current(database: Database) -> str | None:
    """The schema version of the database, None before the first migration."""
    with database.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def require_current(database: Database) -> None:
    """Raise `SchemaOutdated` unless the database has this release's schema."""
    if current(database) != head():
        raise SchemaOutdated()


def differences(database: Database) -> list[object]:
    """What the migrated schema and `tables` disagree on; empty when the migrations are complete."""
    with database.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.files("identity_service.storage") / "migrations"))
    config.set_main_option("path_separator", "os")
    return config
