"""Taking over users of another system, a chunk at a time, each chunk in one transaction.

Whoever is wrong is refused alone. Only proved addresses are taken: behind an unproved one, whoever typed it there would
wait here for its owner. No mail is sent.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from identity_service.calls.audit import AuditTrail, Event
from identity_service.calls.call import Call
from identity_service.clock import Clock
from identity_service.identity.addresses import EmailInvalid, parse_address
from identity_service.identity.errors import EmailTaken
from identity_service.identity.mails import DEFAULT_LOCALE
from identity_service.identity.passwords import schemes
from identity_service.identity.register import RegistrationRules
from identity_service.ids import new_id_of
from identity_service.storage.database import Database
from identity_service.storage.queries import imports as queries
from identity_service.storage.rows import AuditEvent, User, UserState


@dataclass(frozen=True, slots=True)
class Row:
    """Somebody to import: the `number`th of the chunk, from 0. Texts may be empty, but for the address."""

    number: int
    email: str
    email_verified: bool
    password_hash: str = field(repr=False)
    given_name: str
    family_name: str
    user_type: str
    locale: str
    created_at: datetime | None
    external_reference: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one row was not imported."""

    number: int
    field: str
    reason: str
    description: str


@dataclass(frozen=True, slots=True)
class ImportedChunk:
    """What became of `size` rows: by their numbers, the ids of who has these addresses now, and who was refused."""

    size: int
    user_ids: dict[int, UUID]
    refusals: list[Refusal]


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Users to be, by their address keys, with the numbers of their rows."""

    users: dict[str, User]
    numbers: dict[str, int]
    repeated: dict[int, str]
    """Rows whose address stands in an earlier row."""


class ImportUsers:
    """The journey of UserService.ImportUsers."""

    def __init__(
        self, *, database: Database, audit: AuditTrail, rules: Callable[[str], RegistrationRules], clock: Clock
    ) -> None:
        self._database = database
        self._audit = audit
        self._rules_of = rules
        self._now = clock

    def __call__(self, call: Call, rows: Sequence[Row], malformed: Sequence[Refusal] = ()) -> ImportedChunk:
        """Import the rows of one chunk; `malformed` are its others, which are refused already."""
        refusals = list(malformed)
        chunk = self._prepared(call, rows, refusals)
        ids = self._written(call, chunk)
        taken = {chunk.numbers[key] for key, user in chunk.users.items() if ids[key] != user.id}
        refusals += [_taken(number) for number in taken | chunk.repeated.keys()]
        keys = chunk.repeated | {number: key for key, number in chunk.numbers.items()}
        return ImportedChunk(
            size=len(rows) + len(malformed),
            user_ids={number: owner for number, key in keys.items() if (owner := ids[key])},
            refusals=sorted(refusals, key=lambda refusal: refusal.number),
        )

    def _prepared(self, call: Call, rows: Iterable[Row], refusals: list[Refusal]) -> _Chunk:
        chunk, now = _Chunk({}, {}, {}), self._now()
        default_type = self._rules_of(call.tenant_id).user_types[0]
        for row in rows:
            user = _user(call, row, now, default_type)
            if isinstance(user, Refusal):
                refusals.append(user)
            elif user.address_key in chunk.users:
                chunk.repeated[row.number] = user.address_key
            else:
                chunk.users[user.address_key], chunk.numbers[user.address_key] = user, row.number
        return chunk

    def _written(self, call: Call, chunk: _Chunk) -> dict[str, UUID | None]:
        """The ids of who has these addresses now; None for somebody who was deleted in this moment."""
        # In order, so that two imports of the same people wait for each other instead of both for ever.
        users = [chunk.users[key] for key in sorted(chunk.users)]
        if not users:
            return {}
        with self._database.begin() as transaction:
            ids = queries.add_users(transaction.connection, users)
            queries.add_events(transaction.connection, [self._event(call, user) for user in users if user.id in ids])
            present = [user.address_key for user in users if user.id not in ids]
            known = queries.ids_by_address(transaction.connection, call.tenant_id, present) if present else {}
        return {user.address_key: user.id if user.id in ids else known.get(user.address_key) for user in users}

    def _event(self, call: Call, user: User) -> AuditEvent:
        return self._audit.event(call, Event.USER_IMPORTED, user_id=user.id)


def _user(call: Call, row: Row, now: datetime, default_type: str) -> User | Refusal:
    try:
        address = parse_address(row.email)
    except EmailInvalid as invalid:
        return Refusal(row.number, "email", invalid.reason, invalid.fields[0].description)
    if not row.email_verified:
        return Refusal(row.number, "email_verified", "EMAIL_NOT_VERIFIED", "must have been proved; let them register")
    if objection := _objection(row.password_hash):
        return Refusal(row.number, "password_hash", "PASSWORD_HASH_REFUSED", objection)
    created_at = row.created_at or now
    return User(
        tenant_id=call.tenant_id,
        id=new_id_of(created_at),  # so that lists, which go by id, show them among those of that time
        email=address.text,
        address_key=address.key,
        password_hash=row.password_hash,
        given_name=row.given_name,
        family_name=row.family_name,
        user_type=row.user_type or default_type,
        locale=row.locale or call.locale or DEFAULT_LOCALE,
        state=UserState.ACTIVE,
        created_at=created_at,
        email_verified_at=created_at,
        external_reference=row.external_reference or None,
    )


def _objection(password_hash: str) -> str | None:
    try:
        if password_hash:
            schemes.recognise(password_hash)
    except schemes.HashRefused as refused:
        return str(refused)
    return None


def _taken(number: int) -> Refusal:
    return Refusal(number, "email", EmailTaken.reason, "belongs to a user already")
