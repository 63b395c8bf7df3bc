"""A mail server that is away, refuses for now, or refuses for good."""

import uuid
from collections.abc import Iterator
from unittest.mock import patch

import grpc
import pytest
from notification.v1.notification_service_pb2 import RetryNotificationRequest

from tests.faults.cluster import Cluster
from tests.services.service import reason
from tests.services.smtp import SmtpSink


@pytest.fixture
def spare(cluster_without_worker: Cluster) -> Iterator[SmtpSink]:
    """The server of a fallback that the worker has for one test."""
    sink, cluster = SmtpSink(), cluster_without_worker
    with patch.object(cluster, "settings", {**cluster.settings, "IDENTITY_FALLBACK_SENDER": sink.url}):
        cluster.start("worker")
    yield sink
    cluster.stop("worker")  # the next test gets one without
    sink.close()


def retry_request(notification_id: str) -> RetryNotificationRequest:
    return RetryNotificationRequest(request_id=str(uuid.uuid4()), notification_id=notification_id)


def test_mails_wait_while_the_mail_server_is_away(cluster: Cluster) -> None:
    cluster.sink.go_away()
    people = [cluster.register() for _ in range(5)]
    for person in people:
        cluster.wait_for_attempts(person, 2)
    cluster.sink.come_back()
    for person in people:
        cluster.wait_for_state(person, "sent")
        assert set(cluster.outcomes(person)) == {"transient", "sent"}
        assert len(cluster.copies(person)) == 1


def test_while_the_mail_server_is_away_mails_leave_by_the_fallback(
    cluster_without_worker: Cluster, spare: SmtpSink
) -> None:
    cluster = cluster_without_worker
    cluster.sink.go_away()
    people = [cluster.register() for _ in range(8)]
    for person in people:
        cluster.wait_for_state(person, "sent")
        assert len(spare.to(person.email)) == 1
    assert cluster.worker.events("sender_failing_over")


def test_a_mail_refused_for_now_is_sent_again(cluster: Cluster) -> None:
    cluster.sink.refuse(450, "try again later", times=1)
    person = cluster.register()
    cluster.wait_for_state(person, "sent")
    first, second = cluster.notification(person).attempts
    assert "450" in first.error
    assert not second.error
    assert len(cluster.copies(person)) == 1


def test_a_mail_refused_for_good_is_dead_at_once_and_an_operator_brings_it_back(cluster: Cluster) -> None:
    cluster.sink.refuse(550, "no such mailbox", at_recipient=True, times=1)
    person = cluster.register()
    cluster.wait_for_state(person, "dead")
    dead = cluster.notification(person)
    assert dead.attempt_count == 1
    assert "550" in dead.last_error
    retry = retry_request(person.notification_id)
    for _ in range(2):  # the same request may come twice
        cluster.client().notifications.RetryNotification(retry, timeout=20)
    cluster.wait_for_state(person, "sent")
    assert len(cluster.copies(person)) == 1
    with pytest.raises(grpc.RpcError) as refusal:
        cluster.client().notifications.RetryNotification(retry_request(person.notification_id), timeout=20)
    assert reason(refusal.value) == "NOTIFICATION_NOT_RETRYABLE"


def test_a_server_that_cuts_the_line_after_taking_the_mail_gets_the_same_mail_again(cluster: Cluster) -> None:
    cluster.sink.drop(1, after_accepting=True)
    person = cluster.register()
    cluster.wait_for_state(person, "sent")
    first, second = cluster.copies(person)
    assert first.raw == second.raw
