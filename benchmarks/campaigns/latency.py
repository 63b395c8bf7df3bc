"""From the call to the mail server's acceptance of a code, while a campaign goes out as fast as it can."""

from collections.abc import Iterator
from contextlib import contextmanager
from statistics import quantiles

from benchmarks import people
from benchmarks.campaigns.stage import Stage, stage
from benchmarks.latency import System
from benchmarks.progress import say
from benchmarks.results import Row
from benchmarks.rounds import Rounds
from benchmarks.world import Sink, World

PEOPLE = 100_000
DELAYS_MS = (0, 20)
CALLS = 150
WARM_UP_CALLS = 50
MOST_TIMES = 3
NEED = WARM_UP_CALLS + 20 * CALLS


def measure(world: World, rounds: Rounds, campaign: int = PEOPLE) -> list[Row]:
    """The 99th percentile idle and under a campaign, with a mail server that takes 0 and 20 ms for each mail."""
    return [row for delay in DELAYS_MS for row in _measured(world, rounds, campaign, delay)]


def _measured(world: World, rounds: Rounds, campaign: int, delay: int) -> list[Row]:
    name = f"otp_latency_under_campaign_{delay}ms"
    idle: list[float] = []
    busy: list[float] = []
    with _sink(world, delay) as sink, stage(world, sink.url) as ready:
        addresses = iter([user.email for user in people.add_users(ready.database, NEED)])
        system = System(ready.sessions, addresses, sink)
        system.latencies(WARM_UP_CALLS)
        for number in rounds:
            ready.add_people(f"{name}-{number}", campaign)
            rounds.begin()
            idle.append(_p99(system.latencies(CALLS)))
            busy.append(_under_campaign(ready, system, f"{name}-{number}"))
            rounds.report(name, number, f"p99 {busy[-1]:.1f} ms, idle {idle[-1]:.1f} ms")
    times = [under / without for under, without in zip(busy, idle, strict=True)]
    return [
        Row(f"{name}_idle", idle, "ms (p99)"),
        Row(name, busy, "ms (p99)"),
        Row(f"{name}_times_idle", times, "times idle", limit=MOST_TIMES),
    ]


def _under_campaign(ready: Stage, system: System, user_type: str) -> float:
    campaign_id = ready.begin(user_type)
    latencies = system.latencies(CALLS)
    sent = ready.value(f"SELECT sent FROM messages WHERE id = '{campaign_id}'")
    say(f"{user_type}: {sent} mails of the campaign went out meanwhile")
    if not ready.value(f"SELECT finished_at IS NOT NULL FROM campaigns WHERE id = '{campaign_id}'"):
        ready.cancel(campaign_id)
    ready.wait_for(f"SELECT relay_at IS NULL FROM campaigns WHERE id = '{campaign_id}'", 120)
    return _p99(latencies)


def _p99(latencies: list[float]) -> float:
    return quantiles(latencies, n=100, method="inclusive")[98]


@contextmanager
def _sink(world: World, delay: int) -> Iterator[Sink]:
    folder = world.folder / f"sink-{delay}"
    folder.mkdir()
    sink = Sink(folder, delay)
    try:
        yield sink
    finally:
        sink.close()
