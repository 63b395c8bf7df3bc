"""The command `identity-service`. Each subcommand is a module, imported when it is asked for."""

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from types import ModuleType
from typing import cast

from identity_service.cli.memory import nothing_collected

_COMMANDS = {
    "dev": "run everything in one process: gRPC, workers, and a page that shows captured mail",
    "serve": "run the gRPC server processes and the HTTP edge",
    "worker": "run the worker processes: codes apart from all other mail",
    "migrate": "bring the database to the schema of this release",
    "secret-keys": "make and inspect the secret keys that codes, links and tokens are derived from",
    "keys": "make, list, rotate and revoke the API keys that backends call with",
    "doctor": "check settings, database, broker and sender, and say how to mend what is wrong",
    "send-test": "send a sample of a kind of mail through the configured sender",
    "gallery": "write every kind of mail in every language to files, to look at",
    "settings": "list every setting with its default and meaning",
}
_EPILOG = """\
first steps
  identity-service dev           nothing to configure; it prints what to try
  identity-service doctor        before production, and when something is wrong

Settings come from IDENTITY_* variables and from .env; see `identity-service settings`.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the result is the exit code.

    78: the configuration is wrong, 69: the database is away, 130: Ctrl-C interrupted it.
    """
    from identity_service.cli.failures import INTERRUPTED, reported
    from identity_service.settings import SettingsRefused
    from identity_service.storage.errors import DatabaseUnavailable

    given = list(sys.argv[1:] if arguments is None else arguments)
    chosen = _parser(given).parse_args(given)
    run = cast(Callable[[argparse.Namespace], int], _module(chosen.command).run)
    try:
        return run(chosen)
    except (SettingsRefused, DatabaseUnavailable) as error:
        return reported(error)
    except KeyboardInterrupt:
        return INTERRUPTED


def _parser(given: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="identity-service",
        description="Identity and notification as one gRPC service.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(dest="command", metavar="command", required=True)
    for name, summary in _COMMANDS.items():
        command = commands.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if name in given[:1]:
            _describe(command, _module(name))
    return parser


class _Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        from identity_service.cli.terminal import say

        say(f"identity-service {version('identity-service')}")
        parser.exit()


def _describe(command: argparse.ArgumentParser, module: ModuleType) -> None:
    """What the module of a command says about it: `NOTES`, which close its help, and its arguments."""
    command.epilog = getattr(module, "NOTES", None)
    if hasattr(module, "add_arguments"):
        module.add_arguments(command)


def _module(command: str) -> ModuleType:
    with nothing_collected():
        return import_module(f"identity_service.cli.{command.replace('-', '_')}")
