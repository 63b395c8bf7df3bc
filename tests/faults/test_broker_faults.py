"""Redis is only a messenger: it may be away, frozen, or lose all it knows."""

import time
from statistics import median

from tests.faults.cluster import Cluster, Person
from tests.services.service import Client
from tests.services.waiting import eventually

CALLS = 15
QUICK_SECONDS = 1.0
WAITS_FOR_THE_RELAY = "SELECT 1 FROM notifications WHERE state = 'queued' AND relay_at <= now()"


def registered_quickly(cluster: Cluster, client: Client) -> list[Person]:
    """Some people, whose calls took no longer than without Redis: but for a few, because the machine may be busy."""
    durations, people = [], []
    for _ in range(CALLS):
        started = time.perf_counter()
        people.append(cluster.register(client))
        durations.append(time.perf_counter() - started)
    assert median(durations) < QUICK_SECONDS
    return people


def test_a_call_answers_quickly_while_redis_is_down_and_the_mail_goes_when_it_is_back(cluster: Cluster) -> None:
    client = cluster.client()
    cluster.register(client)
    cluster.redis.kill()
    people = registered_quickly(cluster, client)
    cluster.redis.start(empty=True)
    for person in people:
        cluster.wait_for_mail(person)


def test_a_call_answers_quickly_while_redis_hangs_and_the_mail_goes_when_it_is_back(cluster: Cluster) -> None:
    client = cluster.client()
    cluster.register(client)
    cluster.redis.freeze()
    people = registered_quickly(cluster, client)
    cluster.redis.thaw()
    for person in people:
        cluster.wait_for_mail(person)


def test_a_server_killed_between_commit_and_hand_off_loses_no_mail_of_any_queue(cluster: Cluster) -> None:
    token = cluster.link_token(cluster.register())
    cluster.redis.kill()
    urgent, welcome = cluster.register(), cluster.verify(token)
    cluster.stop("serve")
    cluster.pass_time(31)  # the relay tries, in vain
    eventually(lambda: not cluster.query(WAITS_FOR_THE_RELAY), "the relay's look at both")
    cluster.redis.start(empty=True)
    for person in (urgent, welcome):
        cluster.wait_for_state(person, "sent")
        assert len(cluster.copies(person)) == 1


def test_messages_that_redis_forgets_are_sent_all_the_same(cluster_without_worker: Cluster) -> None:
    cluster = cluster_without_worker
    people = [cluster.register() for _ in range(3)]
    cluster.redis.client().flushall()
    cluster.pass_time(6)
    cluster.start("worker")
    for person in people:
        cluster.wait_for_mail(person)
