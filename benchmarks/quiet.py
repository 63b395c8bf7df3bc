"""Waits for the rest of the machine to leave the CPUs alone: other work falsifies what is measured."""

import os
import time

from benchmarks.proc import PROC, busy_seconds
from benchmarks.progress import say

QUIET_SHARE = 0.1
LOOK_SECONDS = 1.0


def wait_for_quiet(longest: float) -> None:
    """Return when nobody, this run included, uses the CPUs, or after `longest` seconds."""
    deadline = time.monotonic() + longest
    while PROC.joinpath("stat").exists() and (share := _busy_share()) > QUIET_SHARE:
        if time.monotonic() > deadline:
            say(f"the machine is not quiet: something uses {share:.0%} of its CPUs")
            return


def _busy_share() -> float:
    before, began = busy_seconds(), time.monotonic()
    time.sleep(LOOK_SECONDS)
    return (busy_seconds() - before) / (time.monotonic() - began) / (os.cpu_count() or 1)
