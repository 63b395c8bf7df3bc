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
BUT_SIGN_IN = text("purpose <> 'sign_in'")
"""The rows in the index by purpose. Queries say the same, word for word. Codes to sign in are by far the most: writing
them must cost no further index, and a list of them finds them everywhere in the primary key."""

Index(
    "ix_challenges_purpose",
    challenges.c.tenant_id,
    challenges.c.purpose,
    challenges.c.id,
    postgresql_where=BUT_SIGN_IN,
    sqlite_where=BUT_SIGN_IN,
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
