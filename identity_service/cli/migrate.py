"""identity-service migrate: the database, at the schema of this release."""

import argparse

from identity_service import settings
from identity_service.bootstrap import configured
from identity_service.cli.folders import prepare_database_folder
from identity_service.cli.terminal import say
from identity_service.settings import SettingsRefused
from identity_service.storage import schema
from identity_service.storage.database import Database
from identity_service.telemetry.logging import configure_logging

NOTES = """\
Run it before servers and workers of a new release start. It changes nothing where the schema is up to date.
"""


def run(arguments: argparse.Namespace) -> int:
    configuration = settings.load()
    configure_logging(configuration)
    prepare_database_folder(configuration)
    database = configured.database(configuration)
    before = migrated(database)
    where = database.url.set(query={}).render_as_string(hide_password=True)  # a query may hold a password, too
    change = "" if before == schema.NEEDED else f", from {before or 'nothing'}"
    say(f"{where} is at schema {schema.NEEDED}{change}.")
    return 0


def migrated(database: Database) -> str | None:
    """Bring the schema to what this release needs; answers the version before. Raises `SettingsRefused`
    for that of a newer one, or of another program."""
    try:
        before = schema.require_migratable(database)
    except schema.SchemaDiffers as difference:
        raise SettingsRefused(str(difference)) from None
    if before != schema.NEEDED:
        from identity_service.storage import migrate  # once for each release: it loads much

        migrate.upgrade(database)
    return before
