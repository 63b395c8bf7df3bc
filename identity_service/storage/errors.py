"""Failures of the database that a caller can act on."""

from identity_service.errors import Unavailable


class DatabaseUnavailable(Unavailable):
    """The database cannot be reached, is locked, full or read-only; the last two have errors of their own.

    Nothing was written, unless the connection broke in the moment of the commit. What the driver said of it, in a
    line, is the `cause`, and the `remedy` is what an operator does about it: no caller sees them.
    """

    reason = "DATABASE_UNAVAILABLE"
    message = "The database is not available at the moment. Try again, with the same request_id if there was one."
    remedy = "see that the database runs and answers, and that IDENTITY_DATABASE_URL names it"

    def __init__(self, cause: str = "") -> None:
        super().__init__()
        self.cause = cause


class DatabaseFull(DatabaseUnavailable):
    """The disk of the database, or the size it may have, is used up. Nothing was written."""

    reason = "DATABASE_FULL"
    message = "The database has no room left. Its operator has to make some; until then nothing can be changed."
    remedy = "make room on the disk of the database; what waits goes on by itself, nothing was lost"


class DatabaseReadOnly(DatabaseUnavailable):
    """The database takes no writes: a file that is write-protected, or a standby. Nothing was written."""

    reason = "DATABASE_READ_ONLY"
    message = "The database takes no changes. Its operator has to see to it; until then nothing can be changed."
    remedy = "make the file writable, or let IDENTITY_DATABASE_URL name a server and a role that take writes"


class DatabaseForbids(DatabaseUnavailable):
    """The role may not do what was asked. Nothing was written."""

    remedy = "grant the role SELECT, INSERT, UPDATE and DELETE on all tables; `migrate` needs the one that owns them"


class Deadlocked(DatabaseUnavailable):
    """Two transactions waited for one another, and this one gave way: it may simply be run again."""


class RowConflict(Exception):
    """Another transaction wrote the row first; a uniqueness rule refused this one."""
