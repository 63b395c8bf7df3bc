"""Sessions. One row is one family of refresh tokens; only the newest generation is accepted."""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, Text, Uuid

from identity_service.storage.tables.columns import metadata, row_id, tenant_id, time

sessions = Table(
    "sessions",
    metadata,
    tenant_id(),
    row_id(),
    Column("user_id", Uuid, nullable=False),
    Column("method", String(16), nullable=False),
    Column("ip_address", String(45), nullable=True),
    Column("user_agent", Text, nullable=True),
    Column("generation", Integer, nullable=False),
    Column("refresh_key_id", String(63), nullable=False),
    Column("refresh_fingerprint", LargeBinary(32), nullable=False),
    time("created_at"),
    time("rotated_at"),
    time("expires_at"),
    time("revoked_at", nullable=True),
    Column("revoke_reason", String(32), nullable=True),
)
Index("ix_sessions_user", sessions.c.tenant_id, sessions.c.user_id, sessions.c.id)
