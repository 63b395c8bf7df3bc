"""identity-service secret-keys: the ring that codes, links and tokens are derived from."""

import argparse

from identity_service import secret_keys, settings
from identity_service.bootstrap import configured
from identity_service.cli.terminal import complain, say

NOTES = """\
To rotate: add the new entry BEHIND the others and restart every server and worker, so that all of them know it.
Wait five minutes: so long may others keep the published keys. Then move it to the FRONT and restart again: it is active
now. Remove an old key when nothing made with it is alive: after 30 days, the life of a refresh token. The unsubscribe
links in mails of its time end with it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    actions.add_parser("new", help="print a new entry for IDENTITY_SECRET_KEYS")
    actions.add_parser("list", help="list the ids of the configured keys, without their secrets")


def run(arguments: argparse.Namespace) -> int:
    return _new() if arguments.action == "new" else _list()


def _new() -> int:
    complain("A new key for IDENTITY_SECRET_KEYS. Keep it where you keep passwords.")
    say(secret_keys.generate())
    return 0


def _list() -> int:
    ring = configured.key_ring(settings.load())
    for key_id in ring.ids:
        say(f"{key_id}  {'active' if key_id == ring.active.id else 'checks only'}")
    return 0
