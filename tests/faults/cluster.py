"""The service as it runs in production: server processes, worker processes, PostgreSQL, Redis, a mail server."""

import itertools
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from identity.v1.account_service_pb2 import RegisterUserRequest, VerifyEmailRequest
from notification.v1 import notification_pb2
from notification.v1.notification_service_pb2 import GetNotificationRequest

from identity_service import secret_keys
from tests.faults.mail_server import HoldingSink
from tests.services.api_keys import new_api_key
from tests.services.household import LINK, PASSWORD
from tests.services.places import free_port
from tests.services.postgres import PostgresServer
from tests.services.redis import RedisServer
from tests.services.service import Client, Program
from tests.services.smtp import AcceptedMail
from tests.services.waiting import eventually

SCHEDULE = ",".join(["0.3", "0.5", *["1"] * 12])
MOST_CRASHES = 3  # with each of them the pause before a restart doubles
COMMANDS = ("serve", "worker")
_numbers = itertools.count(1)


class Person(NamedTuple):
    """Somebody who has registered, and the notification that the call answered."""

    email: str
    notification_id: str


def new_address(name: str = "person") -> str:
    return f"{name}-{next(_numbers)}@example.com"


def register_request(email: str) -> RegisterUserRequest:
    """A registration that may be repeated."""
    return RegisterUserRequest(request_id=str(uuid.uuid4()), email=email, password=PASSWORD, given_name="Ada")


def message_id(notification_id: str) -> str:
    return f"<{notification_id}@example.com>"


class Cluster:
    """One of each on this machine. Tests break parts of it; `mend` makes it whole again for the next."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.postgres = PostgresServer(durable=True)
        self.redis = RedisServer(durable=True)
        self.sink = HoldingSink()
        self.database_url = self.postgres.databases.create()
        self.address = f"127.0.0.1:{free_port()}"
        self.web = f"127.0.0.1:{free_port()}"
        self.settings: Mapping[str, str] = {
            "IDENTITY_DATABASE_URL": self.database_url,
            "IDENTITY_BROKER_URL": self.redis.url(),
            "IDENTITY_SENDER": self.sink.url,
            "IDENTITY_GRPC_ADDRESS": self.address,
            "IDENTITY_HTTP_ADDRESS": self.web,
            "IDENTITY_SECRET_KEYS": secret_keys.generate(),
            "IDENTITY_RATE_LIMITS": "off",
            "IDENTITY_RETRY_HIGH": SCHEDULE,
            "IDENTITY_RETRY_OTHERS": SCHEDULE,
            "IDENTITY_DATA_DIR": str(folder),
        }
        self.api_key = new_api_key(self.settings)
        self._programs: dict[str, Program] = {}
        self._replaced: list[Program] = []
        self._clients: list[Client] = []

    # Its processes

    @property
    def serve(self) -> Program:
        return self._programs["serve"]

    @property
    def worker(self) -> Program:
        return self._programs["worker"]

    def start(self, command: str) -> Program:
        """Start `serve` or `worker`, in the place of an earlier one."""
        return self.run(command, "identity_service", command)

    def run(self, name: str, *arguments: str, **changed: str) -> Program:
        """Run a Python module with these arguments and the cluster's settings, but for those `changed`.

        `stop(name)` ends it.
        """
        log = self._folder / f"{name}-{next(_numbers)}.log"
        self._replaced += [self._programs[name]] if name in self._programs else []
        self._programs[name] = Program(arguments, {**self.settings, **changed}, log)
        return self._programs[name]

    def stop(self, name: str) -> None:
        """Make sure that no process of it runs."""
        if name in self._programs:
            self._programs.pop(name).end()

    def mend(self, commands: Sequence[str] = COMMANDS) -> None:
        """Let every part run and behave, of the service these commands, and wait until the servers answer."""
        self._end_replaced()
        self.postgres.thaw()
        self.redis.thaw()
        self.postgres.start_again()
        self.redis.start_again()
        self.sink.mend()
        for command in commands:
            program = self._programs.get(command)
            if program is None or not program.runs or len(program.events("process.exited")) > MOST_CRASHES:
                self.stop(command)
                self.start(command)
        self._close_clients()
        eventually(self.client().is_serving, "a server that serves", timeout=60)

    def _end_replaced(self) -> None:
        """Children of a supervisor that was killed end by themselves, but it takes them a while."""
        while self._replaced:
            self._replaced.pop().end()

    def close(self) -> None:
        self._close_clients()
        for command in list(self._programs):
            self.stop(command)
        self._end_replaced()
        self.sink.close()
        self.redis.remove()
        self.postgres.remove()

    # Calls

    def client(self) -> Client:
        """A connection to one of the servers, until the next `mend`."""
        self._clients.append(Client(self.address, self.api_key))
        return self._clients[-1]

    def register(self, client: Client | None = None, name: str = "person") -> Person:
        """Register somebody new."""
        request = register_request(new_address(name))
        answer = (client or self.client()).accounts.RegisterUser(request, timeout=20)
        return Person(request.email, answer.notification_id)

    def link_token(self, person: Person) -> str:
        """The token in the person's verification mail, once it has arrived."""
        (mail,) = self.wait_for_mail(person)
        return str(LINK.findall(mail.mail.get_body(("plain",)).get_content())[0])  # type: ignore[union-attr]

    def verify(self, token: str) -> Person:
        """Make a user by a token; the notification is the welcome mail."""
        answer = self.client().accounts.VerifyEmail(VerifyEmailRequest(token=token), timeout=20)
        return Person(answer.user.email, answer.notification_id)

    def user(self) -> Person:
        """Somebody who has proved the address."""
        return self.verify(self.link_token(self.register()))

    def notification(self, person: Person) -> notification_pb2.Notification:
        request = GetNotificationRequest(notification_id=person.notification_id)
        return self.client().notifications.GetNotification(request, timeout=20).notification

    # The database, behind the service's back

    def query(self, statement: str, **values: Any) -> list[Any]:
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def state(self, person: Person) -> str:
        return str(self.query("SELECT state FROM notifications WHERE id = %(id)s", id=person.notification_id)[0][0])

    def wait_for_state(self, person: Person, state: str) -> None:
        eventually(lambda: self.state(person) == state, f"{person.email}: {state}")

    def outcomes(self, person: Person) -> list[str]:
        """How each attempt for the notification ended, the first one first."""
        rows = self.query(
            "SELECT outcome FROM delivery_attempts WHERE notification_id = %(id)s ORDER BY number",
            id=person.notification_id,
        )
        return [outcome for (outcome,) in rows]

    def wait_for_attempts(self, person: Person, number: int) -> None:
        eventually(lambda: len(self.outcomes(person)) >= number, f"{person.email}: {number} attempts")

    def pass_time(self, seconds: float = 61) -> None:
        """Let leases run out and hand-offs come due, as if so much time had passed for the mails that wait."""
        passed = "SET relay_at = relay_at - make_interval(secs => %s)"
        self._update_alone("notifications", f"{passed} WHERE state IN ('queued', 'sending')", seconds)
        self._update_alone("messages", passed, seconds)
        self._update_alone("campaigns", passed, seconds)

    def _update_alone(self, table: str, change: str, seconds: float) -> None:
        """Change many rows while nobody else does: it and a worker could each wait for a row of the other."""
        with psycopg.connect(self.database_url) as connection:
            connection.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")  # waits for who has locked rows, too
            connection.execute(f"UPDATE {table} {change}", [seconds])

    def unfinished(self) -> Counter[str]:
        """How many mails are still on their way, by state."""
        rows = self.query(
            "SELECT state, count(*) FROM notifications WHERE state IN ('queued', 'sending') GROUP BY state"
        )
        return Counter(dict(rows))

    def half_done(self) -> list[str]:
        """The addresses of registrations that lack something that was to be written with them, or were made twice."""
        rows = self.query(
            "SELECT r.email FROM registrations r "
            "LEFT JOIN challenges c ON c.subject_id = r.id "
            "LEFT JOIN notifications n ON n.challenge_id = c.id "
            "LEFT JOIN audit_events a ON a.subject_id = r.id "
            "GROUP BY r.email HAVING count(n.id) <> 1 OR count(a.id) <> 1"
        )
        return [email for (email,) in rows]

    def copies(self, person: Person) -> list[AcceptedMail]:
        """What has arrived of the person's notification."""
        return [mail for mail in self.sink.to(person.email) if mail.message_id == message_id(person.notification_id)]

    def wait_for_mail(self, person: Person) -> list[AcceptedMail]:
        """Every copy of the person's notification, once there is one."""
        return eventually(lambda: self.copies(person), f"the mail to {person.email}")

    def _close_clients(self) -> None:
        while self._clients:
            self._clients.pop().close()
