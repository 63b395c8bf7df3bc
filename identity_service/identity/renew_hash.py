"""Hashing a password anew once its user has signed in, where it was kept with another scheme or cost than today's."""

import structlog

from identity_service.identity.passwords import Place
from identity_service.storage.database import Database
from identity_service.storage.errors import DatabaseUnavailable
from identity_service.storage.queries import passwords
from identity_service.storage.rows import User

log = structlog.get_logger(__name__)


class RenewHash:
    """Puts a hash of today in place of an old one, unless the password has become another meanwhile."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    def __call__(self, place: Place, user: User, password: str) -> None:
        """`password` is the right one. The user is signed in already: what fails here is left to the next sign-in."""
        if not place.needs_rehash(user.password_hash):
            return
        try:
            self._replace(user, place.hash(password))
        except DatabaseUnavailable as error:
            log.warning("password_hash_not_renewed", user_id=str(user.id), error=type(error).__name__)

    def _replace(self, user: User, new_hash: str) -> None:
        with self._database.connect() as connection:
            passwords.rehash(connection, user.tenant_id, user.id, old_hash=user.password_hash, new_hash=new_hash)
