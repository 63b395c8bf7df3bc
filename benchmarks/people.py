"""Users and live challenges, written straight into the database, with the codes that prove them."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import insert, text

from identity_service.identity.challenge_secrets import Purpose, code
from identity_service.ids import new_id
from identity_service.secret_keys import KeyRing
from identity_service.storage.database import Database
from identity_service.storage.rows import Challenge, User
from identity_service.storage.tables import challenges, users

TENANT = "default"
LIFETIME = timedelta(minutes=10)
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Person:
    """A user who can sign in now: with this code, once."""

    email: str
    code: str


def add_users(database: Database, number: int) -> list[User]:
    """New active users."""
    made = list(itertools.islice(_users(), number))
    with database.begin() as transaction:
        transaction.connection.execute(insert(users), [user.values() for user in made])
    return made


def add_challenged(database: Database, key_ring: KeyRing, number: int) -> list[Person]:
    """New users, each with one live code."""
    made = add_users(database, number)
    rows = [_challenge(user, key_ring.active.id) for user in made]
    with database.begin() as transaction:
        transaction.connection.execute(insert(challenges), [row.values() for row in rows])
    return [Person(user.email, _code(key_ring, row.id)) for user, row in zip(made, rows, strict=True)]


def settle(database: Database) -> None:
    """What a database does by itself sooner or later, done now, so that it does not fall into a measurement."""
    with database.connect() as connection:
        connection.execute(text("VACUUM ANALYZE"))
        connection.execute(text("CHECKPOINT"))


def _users() -> Iterator[User]:
    while True:
        address = f"person-{next(_numbers)}@example.com"
        yield User(
            tenant_id=TENANT,
            id=new_id(),
            email=address,
            address_key=address,
            password_hash="$argon2id$v=19$m=19456,t=2,p=1$" + "x" * 66,
            given_name="Ada",
            family_name="Lovelace",
            user_type="user",
            locale="en",
            state="active",
            created_at=datetime.now(UTC),
            email_verified_at=datetime.now(UTC),
        )


def _challenge(user: User, key_id: str) -> Challenge:
    now = datetime.now(UTC)
    return Challenge(
        tenant_id=TENANT,
        id=new_id(),
        purpose=Purpose.SIGN_IN,
        address_key=user.address_key,
        key_id=key_id,
        subject_id=None,
        user_id=user.id,
        created_at=now,
        expires_at=now + LIFETIME,
    )


def _code(key_ring: KeyRing, challenge_id: UUID) -> str:
    return code(key_ring, key_ring.active.id, Purpose.SIGN_IN, challenge_id)
