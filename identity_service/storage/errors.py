"""Failures of the database that a caller can act on."""

from identity_service.errors import Unavailable


class DatabaseUnavailable(Unavailable):
    """The database cannot be reached, is locked, full or read-only.

    Nothing was written, unless the connection broke in the moment of the commit.
    """

    reason = "DATABASE_UNAVAILABLE"
    message = "The database is not available at the moment. Try again, with the same request_id if there was one."


class Deadlocked(DatabaseUnavailable):
    """Two transactions waited for one another, and this one gave way: it may simply be run again."""


class RowConflict(Exception):
    """Another transaction wrote the row first; a uniqueness rule refused this one."""
