"""Templates of a tenant's own. Every change is a row, and the one with the highest version holds."""

from sqlalchemy import Boolean, Column, Integer, String, Table, Text, UniqueConstraint

from identity_service.storage.tables.columns import metadata, row_id, tenant_id, time

template_overrides = Table(
    "template_overrides",
    metadata,
    tenant_id(),
    row_id(),
    Column("kind", String(32), nullable=False),
    Column("user_type", String(64), nullable=False),  # empty: for all
    Column("locale", String(35), nullable=False),
    Column("version", Integer, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("subject", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("text", Text, nullable=False),
    time("created_at"),
    Column("created_by", Text, nullable=False),
    UniqueConstraint("tenant_id", "kind", "user_type", "locale", "version"),
)
