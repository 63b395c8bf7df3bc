"""identity-service migrate: the database, at the schema of this release."""

import argparse

from identity_service import settings
from identity_service.bootstrap import configured
from identity_service.cli.folders import prepare_database_folder
from identity_service.cli.terminal import say
from identity_service.storage import migrate, schema
from identity_service.telemetry.logging import configure_logging

NOTES = """\
Run it before servers and workers of a new release start. It changes nothing where the schema is up to date.
"""


def run(arguments: argparse.Namespace) -> int:
    configuration = settings.load()
    configure_logging(configuration)
    prepare_database_folder(configuration)
    database = configured.database(configuration)
    before = schema.current(database)
    migrate.upgrade(database)
    where = database.url.set(query={}).render_as_string(hide_password=True)  # a query may hold a password, too
    change = "" if before == schema.NEEDED else f", from {before or 'nothing'}"
    say(f"{where} is at schema {schema.NEEDED}{change}.")
    return 0
