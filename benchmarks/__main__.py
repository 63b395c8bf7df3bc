"""python -m benchmarks: measure the service against its limits."""

import argparse
import json
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import imports, latency, rates, start_up, under_storm
from benchmarks.campaigns import fan_out, sending
from benchmarks.campaigns import latency as under_campaign
from benchmarks.progress import say
from benchmarks.results import Row, table
from benchmarks.rounds import Rounds
from benchmarks.world import World

_RATES = tuple(rates.LIMITS)
_PARTS: dict[str, Callable[[World, Rounds], list[Row]]] = {
    "otp_latency_idle": latency.measure,
    "calls_under_storm": under_storm.measure,
    "import_users": imports.measure,
    "campaign_send": sending.measure,
    "otp_latency_under_campaign": under_campaign.measure,
    "campaign_fanout": fan_out.measure,
    "start_up": start_up.measure,
}
NAMES = (*_RATES, *_PARTS)
_EPILOG = """\
rows
  rpc_verify_otp    VerifyOtp, successful: calls/s, and their share of an empty call's on the same kind of server
  rpc_request_otp   RequestOtp of existing users, until Redis has the last hand-off: the same
  otp_latency_idle  from the call to the mail server's acceptance at 5 calls/s: on Redis with worker processes, and
                    on the embedded default; p50 and p99
  calls_under_storm VerifyAccessToken and VerifyOtp while 32 clients register as fast as they can: the p99 of the one
                    that suffers more, in times of its p99 on the idle service
  import_users      ImportUsers with password hashes, in chunks of 500 on one stream: users/s, and the server's memory
  campaign_send     mails of a campaign per second at the mail server, and their share of what a bare loop of smtplib
                    sends over as many connections
  otp_latency_under_campaign
                    otp_latency_idle's p99 on Redis while a campaign of 100,000 goes out, in times of its p99 without:
                    with a mail server that takes 0 and 20 ms for each mail
  campaign_fanout   1,000,000 recipients queued, with the mail server away: seconds, and how much the worker grows; once
  start_up          `dev` from its start to its first answer, in an empty folder and again; memory of each process

PostgreSQL (which waits for the disk), Redis, the mail server, the load and the service run in processes of their own,
from the same wheels as in the tests. Server processes keep a core each, also the empty call's.
Other work on this machine falsifies all figures; ratios suffer least.

In the JSON file, `ratio` is what stands against the limit: for rates the share of an empty call's rate in the same
round, at least `limit`; for all else `value / limit`, at most 1, and for import_users at least 1.
"""


def main() -> int:
    arguments = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    rows = _measured(arguments.only or NAMES, Rounds(arguments.rounds, arguments.patience))
    print(table(rows))
    if arguments.json:
        arguments.json.write_text(json.dumps({row.name: row.as_json() for row in rows}, indent=2) + "\n")
        say(f"written: {arguments.json}")
    return 1 if any(row.passed is False for row in rows) else 0


def _measured(names: Sequence[str], rounds: Rounds) -> list[Row]:
    wanted_rates = [name for name in _RATES if name in names]
    parts = [measure for name, measure in _PARTS.items() if name in names]
    with World() as world:
        rows = rates.measure(world, wanted_rates, rounds) if wanted_rates else []
        return rows + [row for measure in parts for row in measure(world, rounds)]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure the service against the limits it promises. Exit code 1 when one is missed.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", action="append", choices=NAMES, metavar="NAME", help="a row; may be repeated")
    parser.add_argument("--rounds", type=_rounds, default=3, metavar="N", help="rounds of each row; 3 by default")
    parser.add_argument(
        "--patience",
        type=float,
        default=0,
        metavar="SECONDS",
        help="wait up to this long before each measurement for other work on the machine to end; 0 by default",
    )
    parser.add_argument("--json", type=Path, metavar="PATH", help="also write the figures to this file")
    return parser


def _rounds(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


if __name__ == "__main__":
    sys.exit(main())
