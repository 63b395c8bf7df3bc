"""Callers that go on calling, whatever happens to the servers."""

import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from identity.v1.session_service_pb2 import RequestOtpRequest

from tests.faults.cluster import Cluster, Person, new_address, register_request
from tests.services.service import Client

PAUSE_SECONDS = 0.2
ANSWER_SECONDS = 5.0
RETRIED = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED}


@dataclass
class Load:
    """RegisterUser for new addresses and RequestOtp for `users`, by several callers at once.

    A call without an answer is repeated with the same request id until it has one, as a careful client does.
    """

    cluster: Cluster
    users: list[str]
    callers: int = 4
    answered: list[Person] = field(default_factory=list)
    repeated: int = 0
    refused: list[str] = field(default_factory=list)
    slowest: float = 0.0

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Call during the block; after it, return when the calls under way have their answers."""
        stop = threading.Event()
        threads = [threading.Thread(target=self._call_on, args=(seed, stop)) for seed in range(self.callers)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def _call_on(self, seed: int, stop: threading.Event) -> None:
        choice = random.Random(seed)
        client = Client(self.cluster.address, self.cluster.api_key)
        while not stop.wait(PAUSE_SECONDS * choice.uniform(0.5, 1.5)):
            if choice.random() < 0.5:
                request: Any = register_request(new_address("load"))
                self._answer(client.accounts.RegisterUser, request)
            else:
                request = RequestOtpRequest(request_id=str(uuid.uuid4()), email=choice.choice(self.users))
                self._answer(client.sessions.RequestOtp, request)
        client.close()

    def _answer(self, call: Callable[..., Any], request: Any) -> None:
        give_up_at = time.monotonic() + 20
        while time.monotonic() < give_up_at:
            started = time.monotonic()
            try:
                answer = call(request, timeout=ANSWER_SECONDS)
            except grpc.RpcError as error:
                if error.code() not in RETRIED:  # type: ignore[attr-defined]
                    self.refused.append(f"{error.code()}: {error.details()}")  # type: ignore[attr-defined]
                    return
                self.repeated += 1
                time.sleep(0.05)
            else:
                self.slowest = max(self.slowest, time.monotonic() - started)
                self.answered.append(Person(request.email, answer.notification_id))
                return
        self.refused.append("no answer within 20 s")
