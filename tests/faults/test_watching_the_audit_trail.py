"""Whoever follows the audit trail sees each event exactly once, while servers are killed under both ends."""

import os
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

import grpc
import pytest
from identity.v1.audit_service_pb2 import WatchAuditEventsRequest

from tests.faults.cluster import Cluster
from tests.faults.load import Load
from tests.services.service import Client, kill
from tests.services.waiting import eventually


@dataclass
class Follower:
    """Whenever the stream breaks it goes on from the last token that it has seen, at whichever server answers."""

    client: Client
    seen: Counter[str] = field(default_factory=Counter)
    token: str = ""
    broken: int = 0
    stopped: bool = False

    def start(self) -> "Follower":
        threading.Thread(target=self._follow_on, daemon=True).start()
        return self

    def _follow_on(self) -> None:
        while not self.stopped:
            try:
                self._follow()
            except grpc.RpcError:
                self.broken += 1
                time.sleep(0.05)

    def _follow(self) -> None:
        request = WatchAuditEventsRequest(resume_token=self.token, from_beginning=not self.token)
        for answer in self.client.audit.WatchAuditEvents(request):
            self.token = answer.resume_token
            if answer.HasField("event"):
                self.seen[answer.event.event_id] += 1


@pytest.mark.timeout(120)
def test_a_follower_sees_each_event_once_while_servers_are_killed_and_the_database_restarts(cluster: Cluster) -> None:
    follower = Follower(cluster.client()).start()
    load = Load(cluster, [cluster.user().email])
    with load.going_on():
        for name in ("grpc-1", "grpc-2"):
            kill(cluster.serve.child(name))
            time.sleep(0.5)
        cluster.postgres.restart()
        os.kill(cluster.serve.child("grpc-1"), signal.SIGTERM)
        time.sleep(0.5)
    eventually(lambda: not cluster.unfinished(), "the end of all mails")
    written = {str(row_id) for (row_id,) in cluster.query("SELECT id FROM audit_events WHERE tenant_id = 'default'")}
    eventually(lambda: set(follower.seen) >= written, "every event")
    follower.stopped = True
    assert len(written) > 20
    assert follower.broken
    assert follower.seen == Counter(written)
