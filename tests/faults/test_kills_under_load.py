"""The promise as a whole: whatever is killed, every mail that a call has answered for arrives."""

import random
import time
from collections import defaultdict
from collections.abc import Callable

import pytest

from tests.faults.cluster import Cluster, message_id
from tests.faults.load import Load
from tests.services.service import kill
from tests.services.waiting import eventually

LOAD_SECONDS = 8.0
OUTAGE_SECONDS = 1.2


def disasters(cluster: Cluster) -> list[Callable[[], object]]:
    def lose_a_busy_worker() -> None:
        eventually(lambda: cluster.unfinished()["sending"] >= 2, "a worker with mails in hand")
        kill(cluster.worker.child("worker-high"))

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
        lose_a_busy_worker,
        lose_the_supervisor,
        lose_redis_for_a_while,
        lambda: cluster.redis.client().flushall(),
        lose_the_mail_server,
        cluster.postgres.restart,
        lose_a_busy_worker,
    ]


@pytest.fixture
def seed() -> int:
    """An argument, because pytest shows those of a test that failed."""
    return random.randrange(1_000_000)


@pytest.mark.timeout(120)
def test_nothing_is_lost_while_every_part_dies_at_a_random_moment(cluster: Cluster, seed: int) -> None:
    chance = random.Random(seed)
    load = Load(cluster, [cluster.user().email for _ in range(3)])
    cluster.sink.delay(0.3)
    with load.going_on():
        strike(disasters(cluster), chance)
    assert not load.refused, load.refused
    settle(cluster)
    assert lost_attempts(cluster), "no worker died with a mail in hand"
    assert not missing(cluster, load)
    assert not unexplained_copies(cluster, load)
    assert not cluster.half_done()


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
    """Let the leases of killed workers run out, and everything come to an end.

    What the relay handed off and Redis forgot, or a killed worker had fetched, waits for the relay's next turn.
    """
    cluster.sink.behave()
    abandoned = "UPDATE notifications SET relay_at = now() WHERE state = 'sending' AND relay_at < now() + '55 s'"

    def over() -> bool:
        cluster.query(abandoned)
        return not cluster.unfinished()

    eventually(over, "an end of all mails", timeout=60, interval=0.2)


def lost_attempts(cluster: Cluster) -> int:
    return int(cluster.query("SELECT count(*) FROM delivery_attempts WHERE outcome = 'lost'")[0][0])


def missing(cluster: Cluster, load: Load) -> list[str]:
    arrived = {mail.message_id for mail in cluster.sink.mails}
    return [person.email for person in load.answered if message_id(person.notification_id) not in arrived]


def unexplained_copies(cluster: Cluster, load: Load) -> list[str]:
    """Mails that came again though no attempt was cut off between the content and its record, or came differently."""
    copies: dict[str, list[bytes]] = defaultdict(list)
    for mail in cluster.sink.mails:
        copies[mail.message_id].append(mail.raw)
    return [
        f"{person.email}: {len(arrived)} copies, {outcomes}"
        for person in load.answered
        if len(arrived := copies[message_id(person.notification_id)]) > 1
        if len(arrived) > len(outcomes := cluster.outcomes(person)) or len(set(arrived)) > 1
    ]
