"""The whole service in this process, as one user after another meets it: real database, real mails, a clock to turn."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from identity_service import bootstrap, secret_keys, settings
from identity_service.calls.call import Call, RequestKey
from identity_service.identity.register import RegisterCommand, Registered
from identity_service.identity.users import UserProfile
from identity_service.ids import new_id
from identity_service.notification.senders import Mailbox
from identity_service.storage.queries import delivery as delivery_queries

PASSWORD = "fjord-quilt-ember-42"
LINK = re.compile(r"token=([A-Za-z0-9_-]{64})")
CODE = re.compile(r"^\s*(\d{6})\s*$", re.MULTILINE)


class TurnableClock:
    """The time now, plus what a test has turned it on by."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def turn(self, **ahead: float) -> None:
        """Go on by `timedelta(**ahead)`."""
        self._ahead += timedelta(**ahead)


@dataclass(frozen=True)
class Letter:
    """A mail as it arrived."""

    notification_id: UUID
    to: str
    subject: str
    text: str

    @property
    def token(self) -> str:
        return _only(LINK, self.text)

    @property
    def code(self) -> str:
        return _only(CODE, self.text)


class Household:
    """One service on one database. Nothing is delivered until `post` is called."""

    def __init__(self, database_url: str, folder: Path, **changed: str) -> None:
        configuration = {
            "IDENTITY_DATABASE_URL": database_url,
            "IDENTITY_DATA_DIR": str(folder),
            "IDENTITY_SECRET_KEYS": secret_keys.generate(),
            "IDENTITY_RATE_LIMITS": "off",
        }
        self.clock = TurnableClock()
        self.settings = settings.load(configuration | changed)
        self.core = bootstrap.core(self.settings, self.clock)
        self.journeys = bootstrap.journeys(self.core)
        self.mailroom = bootstrap.mailroom(self.core)
        self._mailbox = Mailbox(folder / "mail")

    def close(self) -> None:
        self.core.close()

    def call(self, *, ip: str = "192.0.2.1", request_id: UUID | None = None, payload: bytes = b"", **given: str) -> Call:
        """A call on behalf of somebody at `ip`; with `request_id` one that may be repeated."""
        request = RequestKey("Test", request_id, payload) if request_id else None
        return Call("default", "test", ip, given.get("agent", "pytest"), given.get("locale", "en"), request)

    def post(self) -> None:
        """Deliver all that is due, as the workers would, without waiting for a hand-off."""
        self.clock.turn(seconds=0)
        with self.core.database.connect() as connection:
            for tenant_id, notification_id in delivery_queries.waiting(connection, now=self.clock()):
                self.mailroom.delivery.deliver(tenant_id, notification_id)

    def letters(self, to: str | None = None) -> list[Letter]:
        """What has arrived, oldest first."""
        return [letter for letter in self._all_letters() if to is None or letter.to == to]

    def _all_letters(self) -> Iterator[Letter]:
        for summary in reversed(self._mailbox.summaries()):
            mail = self._mailbox.read(summary.notification_id)
            assert mail is not None
            yield Letter(summary.notification_id, summary.recipient, summary.subject, mail.text or "")

    def letter(self, notification_id: UUID) -> Letter:
        """The mail of one notification, delivered if it is still waiting."""
        self.post()
        return next(letter for letter in self._all_letters() if letter.notification_id == notification_id)

    def register(self, email: str = "ada@example.com", **given: str) -> Registered:
        return self.journeys.register(self.call(), RegisterCommand(email, given.pop("password", PASSWORD), **given))

    def user(self, email: str = "ada@example.com", **given: str) -> UserProfile:
        """Somebody who has registered and proved the address."""
        registered = self.register(email, **given)
        proof = bootstrap_proof(self.letter(registered.notification_id).token)
        return self.journeys.verify_email(self.call(), proof).user


def _only(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.findall(text)
    assert len(found) == 1, f"{pattern.pattern} occurs {len(found)} times"
    return str(found[0])
