"""Challenges: what somebody must prove, never with what. And how often it was tried."""

from sqlalchemy import Column, Index, Integer, String, Table, Text, Uuid, text

from identity_service.storage.tables.columns import metadata, row_id, tenant_id, time

challenges = Table(
    "challenges",
    metadata,
    tenant_id(),
    row_id(),
    Column("purpose", String(32), nullable=False),
    Column("address_key", Text, nullable=False),
    Column("key_id", String(63), nullable=False),
    Column("registration_id", Uuid, nullable=True),
    Column("user_id", Uuid, nullable=True),
    time("created_at"),
    time("expires_at"),
    time("used_at", nullable=True),
)
Index(
    "ix_challenges_live",
    challenges.c.tenant_id,
    challenges.c.purpose,
    challenges.c.address_key,
    challenges.c.id,
    postgresql_where=text("used_at IS NULL"),
    sqlite_where=text("used_at IS NULL"),
)

challenge_budgets = Table(
    "challenge_budgets",
    metadata,
    tenant_id(),
    Column("purpose", String(32), primary_key=True),
    Column("address_key", Text, primary_key=True),
    Column("attempts", Integer, nullable=False),
    time("window_ends_at"),
)
