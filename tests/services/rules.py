"""The rules of the account journeys, as a model small enough to be read: what must succeed, and what must not."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from identity_service.identity.challenge_secrets import Purpose

LIFETIMES = {
    Purpose.VERIFY_EMAIL: timedelta(hours=24),
    Purpose.SIGN_IN: timedelta(minutes=10),
    Purpose.RESET_PASSWORD: timedelta(hours=1),
    Purpose.CHANGE_EMAIL: timedelta(hours=24),
    Purpose.INVITATION: timedelta(days=7),
}
WINDOWS = {
    Purpose.VERIFY_EMAIL: timedelta(hours=1),
    Purpose.SIGN_IN: timedelta(minutes=10),
    Purpose.RESET_PASSWORD: timedelta(hours=1),
}
SESSION_LIFETIME = timedelta(days=30)
TRIES = 5
NEWEST = 5


@dataclass(eq=False)
class Person:
    """A user, and when each session that nobody has ended was opened."""

    id: UUID
    email: str
    password: str
    is_active: bool = True
    password_set_at: datetime | None = None
    sessions: dict[UUID, datetime] = field(default_factory=dict)

    def living_sessions(self, now: datetime) -> set[UUID]:
        return {session_id for session_id, opened_at in self.sessions.items() if now < opened_at + SESSION_LIFETIME}


@dataclass(eq=False)
class Mail:
    """What a mail proves: for which address, until when, and for whom (a registration with its password, or a user)."""

    purpose: Purpose
    email: str
    token: str
    code: str
    sent_at: datetime
    password: str = ""
    person: Person | None = None
    is_used_up: bool = False

    def is_live(self, now: datetime) -> bool:
        return not self.is_used_up and now < self.sent_at + LIFETIMES[self.purpose]


@dataclass
class Tries:
    """How many codes were tried for an address, and until when they count."""

    count: int
    end_at: datetime


class Rules:
    """The state that the rules lead to."""

    def __init__(self) -> None:
        self.people: dict[str, Person] = {}
        self.mails: list[Mail] = []
        self.tries: dict[tuple[Purpose, str], Tries] = {}

    def spend_try(self, purpose: Purpose, email: str, now: datetime) -> bool:
        """Whether one more code may be tried. The refused ones count as well."""
        tries = self.tries.get((purpose, email))
        if tries is None or tries.end_at <= now:
            tries = self.tries[purpose, email] = Tries(0, now + WINDOWS[purpose])
        tries.count += 1
        return tries.count <= TRIES

    def proves(self, mail: Mail, now: datetime) -> bool:
        """Whether what the mail carries is good at this moment."""
        if not mail.is_live(now):
            return False
        if mail.purpose is Purpose.VERIFY_EMAIL:
            return mail.email not in self.people
        person = mail.person
        if mail.purpose is Purpose.CHANGE_EMAIL:
            is_free = self.people.get(mail.email) in (None, person)
            return is_free and self.is_active(person) and _knew_the_password(mail)
        if mail.purpose is Purpose.INVITATION:
            return self.is_active(person) and mail.email not in self.people
        if person is None or not person.is_active or self.people.get(mail.email) is not person:
            return False
        return mail.purpose is Purpose.SIGN_IN or _knew_the_password(mail)

    def is_active(self, person: Person | None) -> bool:
        """Whether that user is still there, and not suspended."""
        return person is not None and person.is_active and self.people.get(person.email) is person

    def met_by_code(self, purpose: Purpose, email: str, code: str, now: datetime) -> Mail | None:
        """The mail that a code belongs to, among the newest that are live."""
        live = [mail for mail in self.mails if (mail.purpose, mail.email) == (purpose, email) and mail.is_live(now)]
        return next((mail for mail in reversed(live[-NEWEST:]) if mail.code == code), None)

    def use_up(self, purpose: Purpose, email: str) -> None:
        """All mails of a purpose to an address end with the one that is used."""
        for mail in self.mails:
            if (mail.purpose, mail.email) == (purpose, email):
                mail.is_used_up = True

    def move(self, person: Person, new_email: str) -> None:
        """Nothing that was sent to the old address opens anything, and no other wish for an address is open."""
        for mail in self.mails:
            if mail.person is person and mail.purpose is not Purpose.INVITATION:
                mail.is_used_up |= mail.email == person.email or mail.purpose is Purpose.CHANGE_EMAIL
        self.tries = {key: tries for key, tries in self.tries.items() if key[1] != person.email}
        del self.people[person.email]
        person.email = new_email
        self.people[new_email] = person

    def forget(self, person: Person) -> None:
        """A deleted user takes along everything that belongs to the address, tries included."""
        del self.people[person.email]
        self.mails = [mail for mail in self.mails if mail.email != person.email]
        self.tries = {key: tries for key, tries in self.tries.items() if key[1] != person.email}


def _knew_the_password(mail: Mail) -> bool:
    """Whether the user has had no other password since: what was asked for before may not have been the user's wish."""
    set_at = mail.person.password_set_at if mail.person else None
    return set_at is None or set_at < mail.sent_at
