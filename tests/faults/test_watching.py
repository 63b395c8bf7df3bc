"""A watcher whose server goes away resumes at another, and misses nothing that matters."""

import os
import signal
import threading
import time
from dataclasses import dataclass, field

import grpc
import pytest
from notification.v1.notification_pb2 import NotificationState
from notification.v1.notification_service_pb2 import WatchNotificationRequest

from tests.faults.cluster import Cluster, Person
from tests.services.service import Client
from tests.services.waiting import eventually


@dataclass
class Watcher:
    """A careful client: whenever the stream breaks it goes on from the last token that it has seen."""

    client: Client
    person: Person
    seen: list[str] = field(default_factory=list)
    token: str = ""
    broken: int = 0
    ended: bool = False

    def start(self) -> "Watcher":
        threading.Thread(target=self._watch_on, daemon=True).start()
        return self

    def _watch_on(self) -> None:
        while not self.ended:
            try:
                self._watch()
                self.ended = True
            except grpc.RpcError:
                self.broken += 1
                time.sleep(0.05)

    def _watch(self) -> None:
        request = WatchNotificationRequest(notification_id=self.person.notification_id, resume_token=self.token)
        for answer in self.client.notifications.WatchNotification(request):
            self.token = answer.resume_token
            self.seen.append(NotificationState.Name(answer.notification.state).removeprefix("NOTIFICATION_STATE_"))


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_watcher_sees_the_final_state_across_a_restart_of_its_server(cluster: Cluster, how: signal.Signals) -> None:
    cluster.sink.hold()
    person = cluster.register()
    cluster.sink.wait_until_held(person.email)
    watcher = Watcher(cluster.client(), person).start()
    eventually(lambda: watcher.seen, "the first answer")
    for name in ("grpc-1", "grpc-2"):
        os.kill(cluster.serve.child(name), how)
    eventually(lambda: watcher.broken, "the end of the stream")
    cluster.sink.release()
    eventually(lambda: watcher.ended, "the end of the mail")
    assert watcher.seen == ["SENDING", "SENT"]
