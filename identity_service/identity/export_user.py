"""Everything that is kept about a person, for the person: row by row, as it is stored, but for secrets."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from identity_service.calls.audit import AuditTrail, Event
from identity_service.calls.call import Call
from identity_service.identity.addresses import parse_address
from identity_service.identity.errors import UserNotFound
from identity_service.storage.database import Database
from identity_service.storage.queries import accounts, personal_data
from identity_service.storage.queries.personal_data import NOBODY, Person
from identity_service.storage.rows import User

_AT_A_TIME = 200


@dataclass(frozen=True, slots=True)
class ExportedRecord:
    """One row: which table it is of, and its columns."""

    source: str
    columns: dict[str, Any]


class ExportUser:
    """The journey of UserService.ExportUser."""

    def __init__(self, *, database: Database, audit: AuditTrail) -> None:
        self._database = database
        self._audit = audit

    def of_user(self, call: Call, user_id: UUID) -> Iterator[ExportedRecord]:
        """What is kept about a user. Raises `UserNotFound`."""
        return self._export(call, lambda: self._user(call.tenant_id, user_id))

    def of_address(self, call: Call, email: str) -> Iterator[ExportedRecord]:
        """What is kept about an address, and about its user if it has one. Raises `EmailInvalid`."""
        return self._export(call, lambda: self._address(call.tenant_id, parse_address(email).key))

    def _export(self, call: Call, find: Callable[[], Person]) -> Iterator[ExportedRecord]:
        person = find()
        self._record(call, person)
        for source in personal_data.SOURCES:
            for columns in personal_data.rows(self._database.connect, source, person, _AT_A_TIME):
                yield ExportedRecord(source, columns)

    def _user(self, tenant_id: str, user_id: UUID) -> Person:
        with self._database.connect() as connection:
            found = accounts.user_by_id(connection, tenant_id, user_id)
        if found is None:
            raise UserNotFound()
        return _person(found)

    def _address(self, tenant_id: str, address_key: str) -> Person:
        with self._database.connect() as connection:
            found = accounts.user_by_address(connection, tenant_id, address_key)
        return _person(found) if found else Person(tenant_id, NOBODY, address_key)

    def _record(self, call: Call, person: Person) -> None:
        user_id = person.user_id if person.user_id != NOBODY else None
        with self._database.connect() as connection:
            self._audit.write(connection, self._audit.event(call, Event.USER_EXPORTED, user_id=user_id))


def _person(user: User) -> Person:
    return Person(user.tenant_id, user.id, user.address_key)
