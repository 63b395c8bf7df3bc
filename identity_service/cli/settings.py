"""identity-service settings: the table of docs/settings.md."""

import argparse

from identity_service import settings
from identity_service.cli.terminal import say


def run(arguments: argparse.Namespace) -> int:
    say(settings.table())
    return 0
