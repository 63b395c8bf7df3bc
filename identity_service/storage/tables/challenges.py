"""Challenges: what somebody must prove, never with what. And how often it was tried."""

from sqlalchemy import Column, Index, Integer, String, Table, Text, Uuid

from identity_service.storage.tables.columns import metadata, row_id, tenant_id, time

challenges = Table(
    "challenges",
    metadata,
    tenant_id(),
    row_id(),
    Column("purpose", String(32), nullable=False),
    Column("address_key", Text, nullable=False),
    Column("key_id", String(63), nullable=False),
    Column("subject_id", Uuid, nullable=True),
    Column("user_id", Uuid, nullable=True),
    time("created_at"),
    time("expires_at"),
    time("used_at", nullable=True),
)
# Not only of unused ones: an index that named `used_at` would have to change when a challenge is used.
Index(
    "ix_challenges_address",
    challenges.c.tenant_id,
    challenges.c.address_key,
    challenges.c.purpose,
    challenges.c.id,
)

challenge_budgets = Table(
    "challenge_budgets",
    metadata,
    tenant_id(),
    Column("address_key", Text, primary_key=True),
    Column("purpose", String(32), primary_key=True),
    Column("attempts", Integer, nullable=False),
    time("window_ends_at"),
)
