"""python -m benchmarks.enumeration: compare the answers for known addresses with those for unknown ones."""

import argparse
import itertools
import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import grpc

from benchmarks.commands import running
from benchmarks.enumeration import people
from benchmarks.enumeration.client import Client
from benchmarks.enumeration.journeys import JOURNEYS, Journey
from benchmarks.enumeration.measuring import WARM_UP, Comparison, compare
from benchmarks.progress import say
from benchmarks.world import opened
from identity_service.storage import migrate
from tests.services.places import free_port, new_folder

_HEAD = ("", "pairs", "known ms", "unknown ms", "t", "t below p90", "")
_EPILOG = """\
`dev` runs in a process of its own, with rate limits off. Calls for known and for unknown addresses follow each other in
random order. Before each, the mail of the one before is delivered, and a call is made that is the same for both; the
first 50 of each kind warm the service up, and are not measured. Nothing that was measured is dropped: t is over all
of it, and once more, because a hiccup of the machine may hide a difference, over what is below the 90th percentile of
known and unknown together. Both must be under 4.5; status, reason and the fields of the answers must be the same, too.

Exit code 1 when one RPC tells. Other work on this machine hides differences, and may feign one.
"""


def main() -> int:
    arguments = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    chosen = [journey for journey in JOURNEYS if not arguments.only or journey.name.startswith(tuple(arguments.only))]
    with _service(2 * len(chosen) * (arguments.pairs + WARM_UP)) as client:
        found = list(_compared(client, chosen, arguments.pairs))
    print(_table(found))
    return 0 if all(each.alike for each in found) else 1


def _compared(client: Client, chosen: Sequence[Journey], pairs: int) -> Iterator[Comparison]:
    numbers = itertools.count()
    for journey in chosen:
        found = compare(client, journey, pairs, numbers)
        say(_table([found]).splitlines()[-1])
        yield found


@contextmanager
def _service(number: int) -> Iterator[Client]:
    """A `dev` that knows so many users and registrations."""
    folder, address = new_folder("enumeration"), f"127.0.0.1:{free_port()}"
    try:
        with opened(f"sqlite:///{folder}/identity.db") as database:
            migrate.upgrade(database)
            people.fill(database, number)
        settings = {"GRPC_ADDRESS": address, "HTTP_ADDRESS": f"127.0.0.1:{free_port()}", "DATA_DIR": str(folder)}
        with running("dev", settings | {"RATE_LIMITS": "off"}, folder) as dev:
            dev.wait_until_it_listens(address)
            with grpc.insecure_channel(address) as channel:
                yield Client(channel)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _table(found: Sequence[Comparison]) -> str:
    lines = [_HEAD, *(each.cells() for each in found)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEAD))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.enumeration",
        description="Compare the answers for known addresses with those for unknown ones.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--pairs", type=int, default=2000, metavar="N", help="pairs of calls an RPC; 2000 by default")
    parser.add_argument("--only", action="append", metavar="RPC", help="RPCs whose name begins so; may be repeated")
    return parser


if __name__ == "__main__":
    sys.exit(main())
