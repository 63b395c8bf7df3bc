"""Workers started by Dramatiq's own command, as in a cluster that knows nothing of ours."""

from collections.abc import Iterator

import pytest

from tests.faults.cluster import Cluster
from tests.services.service import Program, kill


@pytest.fixture
def cluster(cluster_without_worker: Cluster) -> Cluster:
    return cluster_without_worker


@pytest.fixture
def high(cluster: Cluster) -> Iterator[Program]:
    """`dramatiq workers` for codes."""
    yield start(cluster, "high")
    cluster.stop("high")


@pytest.fixture
def others(cluster: Cluster) -> Iterator[Program]:
    """The same for all other mail."""
    yield start(cluster, "normal", "low")
    cluster.stop("normal")


def start(cluster: Cluster, *queues: str) -> Program:
    return cluster.run(queues[0], "dramatiq", "workers", "--processes", "1", "--threads", "4", "--queues", *queues)


def test_mails_of_every_queue_are_delivered_across_a_kill_of_a_worker(
    cluster: Cluster, high: Program, others: Program
) -> None:
    cluster.sink.hold()
    person = cluster.register()
    cluster.sink.wait_until_held(person.email)
    (worker,) = high.children()
    kill(worker)
    assert high.exit_code() != 0  # whoever started it is to start it again
    cluster.sink.wait_until_given_up(person.email)
    cluster.sink.release()
    start(cluster, "high")
    cluster.pass_time()
    welcome = cluster.verify(cluster.link_token(person))
    for mail in (person, welcome):
        cluster.wait_for_state(mail, "sent")
    assert cluster.outcomes(person) == ["lost", "sent"]
    assert cluster.outcomes(welcome) == ["sent"]


def test_a_worker_that_is_asked_to_stop_finishes_its_mail(cluster: Cluster, high: Program) -> None:
    cluster.sink.hold()
    person = cluster.register()
    cluster.sink.wait_until_held(person.email)
    high.terminate()
    cluster.sink.release()
    assert high.exit_code() == 0
    assert cluster.outcomes(person) == ["sent"]
