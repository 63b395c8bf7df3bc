"""Tenants, and the keys that their backends call with."""

from sqlalchemy import Column, ForeignKey, LargeBinary, String, Table, Text, UniqueConstraint, Uuid

from identity_service.storage.tables.columns import Json, metadata, row_id, time

tenants = Table(
    "tenants",
    metadata,
    Column("id", String(63), primary_key=True),
    Column("display_name", Text, nullable=False),
    Column("profile", Json, nullable=False),  # only what differs from the settings
    time("created_at"),
    time("updated_at"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("tenant_id", String(63), ForeignKey("tenants.id"), primary_key=True),
    row_id(),
    Column("name", Text, nullable=False),
    Column("fingerprint", LargeBinary(32), nullable=False),
    Column("hint", String(8), nullable=False),
    Column("scopes", Json, nullable=False),
    Column("created_by", Text, nullable=False),
    time("created_at"),
    time("expires_at", nullable=True),
    time("revoked_at", nullable=True),
    time("last_used_at", nullable=True),
    Column("successor_id", Uuid, nullable=True),  # the key that it was rotated to
    UniqueConstraint("fingerprint"),
)
