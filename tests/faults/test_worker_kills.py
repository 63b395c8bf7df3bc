"""A worker killed at each step of an attempt: claim, send, 250, record."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests.faults.cluster import Cluster, Person
from tests.services.service import kill
from tests.services.waiting import eventually


def kill_the_worker(cluster: Cluster) -> None:
    kill(cluster.worker.child("worker-high"))


WHO_WAITS = "SELECT pid FROM pg_locks WHERE NOT granted"
END_WHO_WAITS = f"SELECT pg_terminate_backend(pid) FROM ({WHO_WAITS}) AS waiting"


@contextmanager
def record_prevented(cluster: Cluster, person: Person) -> Iterator[None]:
    """Let nobody write into the row of the notification, neither now nor, for who waits for it, afterwards."""
    with psycopg.connect(cluster.database_url) as connection:
        connection.execute("SELECT 1 FROM notifications WHERE id = %s FOR UPDATE", [person.notification_id])
        yield
        cluster.query(END_WHO_WAITS)  # PostgreSQL has not noticed yet whose statement it is that waits
        connection.rollback()


def test_a_worker_killed_between_claim_and_send_loses_no_mail(cluster: Cluster) -> None:
    with cluster.sink.silent():
        person = cluster.register()
        cluster.wait_for_state(person, "sending")
        kill_the_worker(cluster)
    cluster.pass_time()
    cluster.wait_for_state(person, "sent")
    assert cluster.outcomes(person) == ["lost", "sent"]
    assert len(cluster.copies(person)) == 1


def test_a_worker_killed_while_the_server_takes_the_content_loses_no_mail_and_sends_one(cluster: Cluster) -> None:
    cluster.sink.hold()
    person = cluster.register()
    cluster.sink.wait_until_held(person.email)
    kill_the_worker(cluster)
    cluster.sink.wait_until_given_up(person.email)
    cluster.sink.release()
    cluster.pass_time()
    cluster.wait_for_state(person, "sent")
    assert cluster.outcomes(person) == ["lost", "sent"]
    assert len(cluster.copies(person)) == 1


def test_a_worker_killed_between_the_250_and_its_record_sends_the_same_mail_again(cluster: Cluster) -> None:
    cluster.sink.hold()
    person = cluster.register()
    cluster.sink.wait_until_held(person.email)
    with record_prevented(cluster, person):
        cluster.sink.release()
        eventually(lambda: cluster.query(WHO_WAITS), "the record, which waits")
        assert cluster.copies(person)
        kill_the_worker(cluster)
    cluster.pass_time()
    cluster.wait_for_state(person, "sent")
    assert cluster.outcomes(person) == ["lost", "sent"]
    first, second = cluster.copies(person)
    assert first.raw == second.raw


def test_a_database_that_is_away_between_the_250_and_the_record_makes_no_second_copy(cluster: Cluster) -> None:
    cluster.sink.hold()
    person = cluster.register()
    cluster.sink.wait_until_held(person.email)
    cluster.postgres.kill()
    cluster.sink.release()
    eventually(lambda: cluster.copies(person), "the mail's acceptance")
    cluster.postgres.start()
    cluster.wait_for_state(person, "sent")
    assert cluster.outcomes(person) == ["sent"]
    assert len(cluster.copies(person)) == 1


def test_a_worker_that_was_only_slow_records_what_it_sent_after_its_lease_ran_out(cluster: Cluster) -> None:
    cluster.sink.hold()
    person = cluster.register()
    cluster.sink.wait_until_held(person.email)
    cluster.redis.freeze()  # so that nobody hears of the mail again
    cluster.pass_time()
    cluster.wait_for_state(person, "queued")
    cluster.sink.release()
    cluster.wait_for_state(person, "sent")
    cluster.redis.thaw()
    assert len(cluster.copies(person)) == 1
