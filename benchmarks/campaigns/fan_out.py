"""How long it takes to queue a campaign to a million, and how much memory the worker takes for it."""

import time

from benchmarks.campaigns.stage import Stage, stage
from benchmarks.proc import resident_mebibytes
from benchmarks.results import Row
from benchmarks.rounds import Rounds
from benchmarks.world import World
from tests.services.places import free_port

PEOPLE = 1_000_000
LIMIT_SECONDS = 60
MEMORY_LIMIT_MEBIBYTES = 32
LONGEST_SECONDS = 600


def measure(world: World, rounds: Rounds, people: int = PEOPLE) -> list[Row]:
    """Seconds from the call to the last recipient's row, once: the table does not get smaller again.

    The mail server is away, so that nothing but the fan-out is measured.
    """
    with stage(world, f"smtp://127.0.0.1:{free_port()}") as ready:
        ready.add_people("everybody", people)
        rounds.begin()
        seconds, grown = _fan_out(ready)
        queued = ready.value("SELECT count(*) FROM notifications")
        if queued != people:
            raise RuntimeError(f"{queued} of {people} recipients were queued")
    note = f"{people} recipients"
    return [
        Row("campaign_fanout", [seconds], "s", limit=LIMIT_SECONDS, note=note),
        Row("campaign_fanout_memory", [grown], "MiB more", limit=MEMORY_LIMIT_MEBIBYTES),
    ]


def _fan_out(ready: Stage) -> tuple[float, float]:
    """Seconds, and by how many mebibytes the worker's processes have grown at most."""
    before = _memory(ready)
    began, most = time.monotonic(), before
    ready.begin("everybody")
    while not ready.value("SELECT count(fanned_out_at) FROM campaigns"):
        most = max(most, _memory(ready))
        if time.monotonic() - began > LONGEST_SECONDS:
            raise RuntimeError("the campaign was not queued in time")
        time.sleep(0.1)
    return time.monotonic() - began, most - before


def _memory(ready: Stage) -> float:
    return sum(map(resident_mebibytes, ready.worker.processes()))
