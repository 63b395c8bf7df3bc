"""The attempts to register, and the users that came of it."""

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text, UniqueConstraint

from identity_service.storage.tables.columns import metadata, row_id, tenant_id, time

registrations = Table(
    "registrations",
    metadata,
    tenant_id(),
    row_id(),  # becomes the user's id when the address is proved
    Column("email", Text, nullable=False),
    Column("address_key", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("given_name", Text, nullable=False),
    Column("family_name", Text, nullable=False),
    Column("user_type", String(64), nullable=False),
    Column("locale", String(35), nullable=False),
    time("created_at"),
    time("expires_at"),
)
Index("ix_registrations_address", registrations.c.tenant_id, registrations.c.address_key)

users = Table(
    "users",
    metadata,
    Column("tenant_id", String(63), ForeignKey("tenants.id"), primary_key=True),
    row_id(),
    Column("email", Text, nullable=False),
    Column("address_key", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("given_name", Text, nullable=False),
    Column("family_name", Text, nullable=False),
    Column("user_type", String(64), nullable=False),
    Column("locale", String(35), nullable=False),
    Column("state", String(16), nullable=False),
    time("created_at"),
    time("email_verified_at", nullable=True),
    UniqueConstraint("tenant_id", "address_key"),
)
