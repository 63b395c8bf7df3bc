"""identity-service migrate"""

import argparse

from identity_service import settings
from identity_service.cli.terminal import say
from identity_service.storage import migrate
from identity_service.storage.database import Database


def run(arguments: argparse.Namespace) -> int:
    configuration = settings.load()
    database = Database(configuration.resolved_database_url)
    before = migrate.current(database)
    after = migrate.upgrade(database)
    where = database.url.render_as_string(hide_password=True)
    say(f"{where} is at schema {after}" + ("." if before == after else f", from {before or 'nothing'}."))
    return 0
