"""What an error of a driver means: to the caller, who may try again, and to the operator, who reads the log."""

import sqlite3
from typing import NoReturn

import structlog
from sqlalchemy import exc

from identity_service.storage.errors import (
    DatabaseForbids,
    DatabaseFull,
    DatabaseReadOnly,
    DatabaseUnavailable,
    Deadlocked,
)

log = structlog.get_logger(__name__)

_OF_POSTGRES = {"40P01": Deadlocked, "53100": DatabaseFull, "25006": DatabaseReadOnly, "42501": DatabaseForbids}
_OF_SQLITE = {sqlite3.SQLITE_FULL: DatabaseFull, sqlite3.SQLITE_READONLY: DatabaseReadOnly}
_OUR_OWN_FAULTS = (exc.IntegrityError, exc.ProgrammingError, exc.DataError, exc.NotSupportedError)
"""What no other state of the database would have prevented, unless it is one of those above. All else may pass."""


def raise_translated(error: exc.SQLAlchemyError) -> NoReturn:
    """Raise what the error means; an error of our own as it is."""
    of_driver = getattr(error, "orig", None) or error
    if isinstance(error, _OUR_OWN_FAULTS) and _meaning(of_driver) is DatabaseUnavailable:
        raise error
    raise told(of_driver) from error


def told(error: BaseException) -> DatabaseUnavailable:
    """What a driver's error means, once it is in the log; a deadlock is not, for it is simply run again."""
    cause = str(error).strip().partition("\n")[0]  # later lines may quote the statement, or a row
    unavailable = _meaning(error)(cause)
    if not isinstance(unavailable, Deadlocked):
        names = {"reason": unavailable.reason, "error": type(error).__name__}
        log.warning("database_unavailable", **names, cause=cause, remedy=unavailable.remedy)
    return unavailable


def _meaning(error: BaseException) -> type[DatabaseUnavailable]:
    if isinstance(error, sqlite3.Error):
        primary_code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        return _OF_SQLITE.get(primary_code, DatabaseUnavailable)
    return _OF_POSTGRES.get(getattr(error, "sqlstate", None) or "", DatabaseUnavailable)
