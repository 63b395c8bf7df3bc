"""Column types and columns that every table shares."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Column, DateTime, MetaData, String, Uuid
from sqlalchemy.dialects.sqlite import DATETIME as SQLITE_DATETIME

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class _SqliteUtc(SQLITE_DATETIME):
    """SQLite keeps no time zone: times are written in UTC and read back as aware."""

    cache_ok = True

    def bind_processor(self, dialect: Any) -> Any:
        write: Any = super().bind_processor(dialect)

        def in_utc(value: datetime | None) -> Any:
            return write(value.astimezone(UTC) if value is not None else None)

        return in_utc

    def result_processor(self, dialect: Any, coltype: object) -> Any:
        parse: Any = super().result_processor(dialect, coltype)

        def aware(value: Any) -> datetime | None:
            naive: datetime | None = parse(value)
            return naive.replace(tzinfo=UTC) if naive is not None else None

        return aware


Time = DateTime(timezone=True).with_variant(_SqliteUtc(), "sqlite")  # type: ignore[no-untyped-call]
"""An instant, aware and in UTC on both databases."""

Json = JSON(none_as_null=True)


def tenant_id() -> Column[str]:
    """The tenant leads every primary key, so that no statement can forget whose row it is."""
    return Column("tenant_id", String(63), primary_key=True)


def row_id() -> Column[Any]:
    """A UUIDv7: ordered by creation, so a page of rows is a range of the primary key."""
    return Column("id", Uuid, primary_key=True)


def time(name: str, *, nullable: bool = False) -> Column[datetime]:
    return Column(name, Time, nullable=nullable)
