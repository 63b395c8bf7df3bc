"""The whole service in this process, as one user after another meets it: real database, real mails, a clock to turn."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Self
from unittest.mock import patch
from uuid import UUID

from dramatiq import Message
from sqlalchemy import Table, insert, select, update

from identity_service import bootstrap, secret_keys, settings
from identity_service.bootstrap.journeys import parts
from identity_service.calls.call import Call, RequestKey
from identity_service.identity.addresses import parse_address
from identity_service.identity.challenges import EmailCode, LinkToken
from identity_service.identity.passwords import HashingCost, HashingPlaces
from identity_service.identity.register import RegisterCommand, Registered
from identity_service.identity.sessions import SignedIn
from identity_service.identity.users import UserProfile
from identity_service.notification.broker import QUEUES, Task
from identity_service.notification.delivery import Delivery
from identity_service.notification.messages.delivery import MessageDelivery
from identity_service.notification.rendering.renderer import Renderer
from identity_service.notification.senders import Mailbox, Sender, SenderDirectory
from identity_service.storage.database import Database
from identity_service.storage.rows import Notification, Tenant, UserState
from identity_service.storage.tables import tenants, users

PASSWORD = "fjord-quilt-ember-42"
LINK = re.compile(r"token=([A-Za-z0-9_-]{64})")
CODE = re.compile(r"^\s*(\d{6})\s*$", re.MULTILINE)


@cache
def _renderer() -> Renderer:
    """One for all households: compiling the templates takes longer than most tests."""
    return _compiled_renderer()


@cache
def _sqlite() -> Database:
    database = Database("sqlite://")
    database.ping()
    return database


def spare_compiling(database: Database) -> None:
    """Use what was compiled for another SQLite: compiling the statements takes longer than most tests."""
    if database.dialect == "sqlite":
        kept = _sqlite().engine
        database.engine.dialect, database.engine._compiled_cache = kept.dialect, kept._compiled_cache


QUICK = HashingCost(memory=64, passes=1)
"""What a household's passwords cost that has no cost configured: a full hash takes longer than most tests."""


QUICK_HASH = "$argon2id$v=19$m=64,t=1,p=1$"
"""How such a hash begins."""


@cache
def _places(cost: HashingCost, **given: Any) -> HashingPlaces:
    """One for all households of the same settings: it begins with a hash of its own."""
    return HashingPlaces(QUICK if cost == HashingCost() else cost, **given)


_compiled_renderer = Renderer.from_package


class TurnableClock:
    """The time now, plus what a test has turned it on by; or one moment, once it stands."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)
        self._stands_at: datetime | None = None

    def __call__(self) -> datetime:
        return (self._stands_at or datetime.now(UTC)) + self._ahead

    def turn(self, **ahead: float) -> None:
        """Go on by `timedelta(**ahead)`."""
        self._ahead += timedelta(**ahead)

    def stand_at(self, moment: datetime) -> None:
        """Stop at that very moment."""
        self._stands_at, self._ahead = moment, timedelta(0)

    def stand(self) -> datetime:
        """Stop at this moment, and say which it is."""
        self.stand_at(self())
        return self()


@dataclass(frozen=True)
class Letter:
    """A mail as it arrived."""

    notification_id: UUID
    to: str
    subject: str
    text: str
    html: str = ""
    sender: str = ""

    @property
    def token(self) -> str:
        return _only(LINK, self.text)

    @property
    def code(self) -> str:
        return _only(CODE, self.text)

    @property
    def link(self) -> LinkToken:
        """The proof in the link of a verification mail."""
        return LinkToken(self.token)


class Household:
    """One service on one database. Nothing is delivered until `post` is called."""

    def __init__(self, database_url: str, folder: Path, *, clock: TurnableClock | None = None, **changed: str) -> None:
        self._folder = folder
        self._configuration = {
            "IDENTITY_DATABASE_URL": database_url,
            "IDENTITY_DATA_DIR": str(folder),
            "IDENTITY_SECRET_KEYS": secret_keys.generate(),
            "IDENTITY_RATE_LIMITS": "off",
        } | changed
        self.clock = clock or TurnableClock()
        self.settings = settings.load(self._configuration)
        self.core = bootstrap.build_core(self.settings, self.clock)
        spare_compiling(self.core.database)
        with (
            patch.object(parts, "HashingPlaces", _places),
            patch.object(Renderer, "from_package", _renderer),
        ):
            self.journeys = bootstrap.build_journeys(self.core)
            self.mailroom = bootstrap.build_mailroom(self.core)
        self._mailbox = Mailbox(folder / "mail")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.core.close()

    def restarted(self, **changed: str) -> "Household":
        """Another process of the same service: same database, same clock, some settings changed."""
        return Household(
            self._configuration["IDENTITY_DATABASE_URL"],
            self._folder,
            clock=self.clock,
            **(self._configuration | changed),
        )

    @property
    def keys(self) -> str:
        """The key ring, as it is configured."""
        return self._configuration["IDENTITY_SECRET_KEYS"]

    def call(
        self,
        *,
        ip: str = "192.0.2.1",
        request_id: UUID | None = None,
        payload: bytes = b"",
        tenant: str = "default",
        rpc: str = "Test",
        **given: str,
    ) -> Call:
        """A call on behalf of somebody at `ip`; with `request_id` one that may be repeated."""
        request = RequestKey(rpc, request_id, payload) if request_id else None
        return Call(tenant, "test", ip, given.get("agent", "pytest"), given.get("locale", "en"), request)

    # Mail

    def send_through(self, sender: Sender) -> None:
        """Deliver through `sender` from now on."""
        senders = SenderDirectory.of_one(sender)
        delivery = Delivery(
            database=self.core.database,
            writer=self.mailroom.delivery._writer,
            senders=senders,
            replacing=self.mailroom.delivery._replacing,
            schedules=self.core.schedules,
            clock=self.clock,
        )
        messages = MessageDelivery(
            database=self.core.database,
            writer=self.mailroom.messages._writer,
            senders=senders,
            schedules=self.core.schedules,
            hand_off=self.core.hand_off,
            turn=self.mailroom.messages._turn,
            lanes=self.mailroom.messages._lanes,
            clock=self.clock,
        )
        self.mailroom = replace(self.mailroom, delivery=delivery, messages=messages, senders=senders)

    def handed_off(self) -> list[tuple[str, UUID]]:
        """Take all that waits in the queues: tenant and notification, the urgent ones first."""
        return [(message.args[0], UUID(message.args[1])) for message in self.take_messages()]

    def take_messages(self) -> list[Message[Any]]:
        """Take all that waits in the queues, the urgent ones first."""
        found = []
        for queue in QUEUES:
            waiting = self.core.broker.queues[queue]  # type: ignore[union-attr]
            while not waiting.empty():
                found.append(Message.decode(waiting.get()))
        return found

    def post(self) -> None:
        """Deliver all that was handed off, as a worker would."""
        acts: dict[str, Callable[..., None]] = {
            Task.DELIVER: self.mailroom.delivery.deliver,
            Task.DELIVER_MESSAGE: self.mailroom.messages.deliver,
            Task.FAN_OUT: self.mailroom.fan_out.run,
        }
        while waiting := self.take_messages():
            for message in waiting:
                tenant_id, some_id, *wake = message.args
                acts[message.actor_name.rpartition("_")[0]](tenant_id, UUID(some_id), *wake)

    def relay(self) -> int:
        """Let the relay look once, deliver what it hands off, and say how much that was."""
        count = self.mailroom.relay.run_once()
        self.post()
        return count

    def letters(self, to: str | None = None) -> list[Letter]:
        """What has arrived, oldest first."""
        summaries = reversed(self._mailbox.summaries())
        return [self._read(summary.notification_id) for summary in summaries if to in (None, summary.recipient)]

    def _read(self, notification_id: UUID) -> Letter:
        mail = self._mailbox.read(notification_id)
        assert mail is not None, "no such mail has arrived"
        summary = mail.summary
        return Letter(
            notification_id, summary.recipient, summary.subject, mail.text or "", mail.html or "", summary.sender
        )

    def letter(self, notification_id: UUID) -> Letter:
        """The mail of one notification, delivered if it is still waiting."""
        self.post()
        return self._read(notification_id)

    def text_of(self, notification_id: UUID) -> str | None:
        """The text of one mail; None if none was sent, as for a decoy."""
        mail = self._mailbox.read(notification_id)
        return mail.text if mail else None

    def notification(self, notification_id: UUID, tenant: str = "default") -> Notification:
        """Its row as it is now."""
        return self.journeys.notifications.get(tenant, notification_id).notification

    def outcomes(self, notification_id: UUID) -> list[str]:
        """How each attempt to deliver it ended."""
        return [attempt.outcome for attempt in self.journeys.notifications.get("default", notification_id).attempts]

    # People

    def register(self, email: str = "ada@example.com", call: Call | None = None, **given: str) -> Registered:
        command = RegisterCommand(email, given.pop("password", PASSWORD), **given)
        return self.journeys.register(call or self.call(), command)

    def user(self, email: str = "ada@example.com", call: Call | None = None, **given: str) -> UserProfile:
        """Somebody who has registered and proved the address."""
        registered = self.register(email, call, **given)
        letter = self.letter(registered.notification_id)
        return self.journeys.verify_email(call or self.call(), letter.link).user

    def proof(self, notification_id: UUID, email: str = "ada@example.com") -> EmailCode:
        """The address with the code of that mail."""
        return EmailCode(parse_address(email), self.letter(notification_id).code)

    def code(self, email: str = "ada@example.com") -> str:
        """A fresh one-time code, out of its mail."""
        return self.letter(self.journeys.request_code(self.call(), email).notification_id).code

    def sign_in(self, email: str = "ada@example.com", call: Call | None = None) -> SignedIn:
        """A new session, opened with a one-time code: that is cheaper than a password."""
        return self.journeys.verify_code(call or self.call(), email, self.code(email))

    # The database

    def rows(self, table: Table) -> list[dict[str, Any]]:
        """All rows of a table."""
        with self.core.database.connect() as connection:
            return [dict(row._mapping) for row in connection.execute(select(table))]

    def add_tenant(self, tenant_id: str, **profile: Any) -> None:
        """A tenant that has set these fields of its profile."""
        with self.core.database.connect() as connection:
            connection.execute(
                insert(tenants), Tenant(tenant_id, tenant_id, profile, self.clock(), self.clock()).values()
            )

    def forget_password(self, user_id: UUID) -> None:
        """Leave the user without a password, as one who was imported without any."""
        with self.core.database.connect() as connection:
            connection.execute(update(users).where(users.c.id == user_id).values(password_hash=""))

    def set_hash(self, user_id: UUID, encoded: str) -> None:
        """Have the user's password be kept so, as an import might."""
        with self.core.database.connect() as connection:
            connection.execute(update(users).where(users.c.id == user_id).values(password_hash=encoded))

    def suspend(self, user_id: UUID) -> None:
        with self.core.database.connect() as connection:
            connection.execute(update(users).where(users.c.id == user_id).values(state=UserState.SUSPENDED))


def _only(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.findall(text)
    assert len(found) == 1, f"{pattern.pattern} occurs {len(found)} times"
    return str(found[0])
