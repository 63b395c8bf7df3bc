"""The promise as a whole: whatever is killed, every mail that a call has answered for arrives."""

import random
import time
from collections import Counter
from collections.abc import Callable

import pytest

from tests.faults.cluster import Cluster, message_id
from tests.faults.load import Load
from tests.services.service import eventually, kill

pytestmark = pytest.mark.xdist_group("faults")

LOAD_SECONDS = 9.0
OUTAGE_SECONDS = 1.2


def disasters(cluster: Cluster) -> list[Callable[[], object]]:
    def lose_the_supervisor() -> None:
        cluster.worker.kill()
        cluster.start("worker")  # as systemd or Kubernetes would

    def lose_the_mail_server() -> None:
        cluster.sink.go_away()
        time.sleep(OUTAGE_SECONDS)
        cluster.sink.come_back()

    def lose_redis_for_a_while() -> None:
        cluster.redis.kill()
        time.sleep(OUTAGE_SECONDS)
        cluster.redis.start(empty=True)

    return [
        lambda: kill(cluster.serve.child("grpc-1")),
        lambda: kill(cluster.worker.child("worker-high")),
        lose_the_supervisor,
        lose_redis_for_a_while,
        lambda: cluster.redis.client().flushall(),
        lose_the_mail_server,
        lambda: kill(cluster.worker.child("worker-high")),
    ]


@pytest.mark.timeout(120)
def test_nothing_is_lost_while_servers_workers_redis_and_the_mail_server_die_at_random(cluster: Cluster) -> None:
    seed = random.randrange(1_000_000)
    chance = random.Random(seed)
    load = Load(cluster, [cluster.user().email for _ in range(3)])
    cluster.sink.delay(0.03)
    load.start()
    strike(disasters(cluster), chance)
    load.stop()
    assert not load.refused, f"seed {seed}: {load.refused}"
    settle(cluster)
    assert not missing(cluster, load), f"seed {seed}"
    assert not unexplained_copies(cluster, load), f"seed {seed}"


def strike(planned: list[Callable[[], object]], chance: random.Random) -> None:
    """All of them in any order, at random moments of the load."""
    chance.shuffle(planned)
    started = time.monotonic()
    moments = sorted(chance.uniform(0.3, LOAD_SECONDS) for _ in planned)
    for moment, disaster in zip(moments, planned, strict=True):
        time.sleep(max(0.0, started + moment - time.monotonic()))
        disaster()
    time.sleep(max(0.0, started + LOAD_SECONDS - time.monotonic()))


def settle(cluster: Cluster) -> None:
    """Let the leases of killed workers run out, and everything come to an end."""
    cluster.sink.behave()
    abandoned = "UPDATE notifications SET relay_at = now() WHERE state = 'sending' AND relay_at < now() + '57 s'"

    def over() -> bool:
        cluster.query(abandoned)
        return not cluster.unfinished()

    eventually(over, "an end of all mails", timeout=30, interval=0.2)


def missing(cluster: Cluster, load: Load) -> list[str]:
    arrived = {mail.message_id for mail in cluster.sink.mails}
    return [person.email for person in load.answered if message_id(person.notification_id) not in arrived]


def unexplained_copies(cluster: Cluster, load: Load) -> list[str]:
    """Mails that came more often than attempts were lost between the server's 250 and their record."""
    copies = Counter(mail.message_id for mail in cluster.sink.mails)
    return [
        f"{person.email}: {copies[message_id(person.notification_id)]} copies, {cluster.outcomes(person)}"
        for person in load.answered
        if copies[message_id(person.notification_id)] > 1
        and copies[message_id(person.notification_id)] > len(cluster.outcomes(person))
    ]
