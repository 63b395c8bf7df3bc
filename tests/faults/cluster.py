"""The service as it runs in production: server processes, worker processes, PostgreSQL, Redis, a mail server."""

import itertools
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from identity.v1.account_service_pb2 import RegisterUserRequest, VerifyEmailRequest
from identity.v1.session_service_pb2 import RequestOtpRequest
from notification.v1.notification_pb2 import Notification, NotificationState
from notification.v1.notification_service_pb2 import GetNotificationRequest

from identity_service import secret_keys
from tests.faults.mail_server import HoldingSink
from tests.services.household import LINK, PASSWORD
from tests.services.places import free_port
from tests.services.postgres import PostgresServer
from tests.services.redis import RedisServer
from tests.services.service import Client, Program, eventually

LEASE = timedelta(seconds=60)
BUSY_ATTEMPT = timedelta(seconds=3)  # no attempt of a worker that lives takes so long in these tests
SCHEDULE = ",".join(["0.3", "0.5", *["1"] * 12])
_numbers = itertools.count(1)


class Person(NamedTuple):
    """An address, and the notification of the call that was made for it."""

    email: str
    notification_id: str


def new_address(name: str = "person") -> str:
    return f"{name}-{next(_numbers)}@example.com"


def register_request(email: str) -> RegisterUserRequest:
    """A registration that may be repeated."""
    return RegisterUserRequest(request_id=str(uuid.uuid4()), email=email, password=PASSWORD, given_name="Ada")


class Cluster:
    """One of each, on this machine. Tests break parts of it; `mend` makes it whole for the next."""

    def __init__(self, folder: Path) -> None:
        self.postgres = PostgresServer(durable=True)
        self.redis = RedisServer(durable=True)
        self.sink = HoldingSink()
        self._folder = folder
        self._database = self.postgres.databases.create()
        self.address = f"127.0.0.1:{free_port()}"
        self.http = f"http://127.0.0.1:{free_port()}"
        self._clients: list[Client] = []
        self._programs: list[Program] = []
        self.serve = self.start("serve")
        self.worker = self.start("worker")

    @property
    def settings(self) -> Mapping[str, str]:
        return self._settings

    def start(self, command: str) -> Program:
        program = Program.command(command, self.settings, self._folder / f"{command}-{next(_numbers)}.log")
        self._programs.append(program)
        return program
