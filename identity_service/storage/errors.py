"""Failures of the database that a caller can act on."""

from identity_service.errors import Unavailable


class DatabaseUnavailable(Unavailable):
    """The database cannot be reached, is locked, full or read-only. Nothing was written; try again."""

    reason = "DATABASE_UNAVAILABLE"
    message = "The database is not available at the moment; nothing was changed. Try again."


class RowConflict(Exception):
    """Another transaction wrote the row first; a uniqueness rule refused this one."""
