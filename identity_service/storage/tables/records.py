"""What is kept about calls: the audit trail, and answers a client may ask for again."""

from sqlalchemy import Column, Index, LargeBinary, String, Table, Text, Uuid, text

from identity_service.storage.tables.columns import Json, metadata, row_id, tenant_id, time
from identity_service.storage.tables.positions import position

audit_events = Table(
    "audit_events",
    metadata,
    tenant_id(),
    row_id(),
    Column("event", String(63), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("reason", String(63), nullable=True),
    Column("actor", Text, nullable=False),
    Column("user_id", Uuid, nullable=True),
    Column("subject_id", Uuid, nullable=True),
    Column("ip_address", String(45), nullable=True),
    Column("user_agent", Text, nullable=True),
    time("created_at"),
    position("audit_events"),
)
Index("ix_audit_events_user", audit_events.c.tenant_id, audit_events.c.user_id, audit_events.c.id)
Index("ix_audit_events_position", audit_events.c.tenant_id, audit_events.c.position, audit_events.c.id)

answered_requests = Table(
    "answered_requests",
    metadata,
    tenant_id(),
    Column("rpc", String(63), primary_key=True),
    Column("request_id", Uuid, primary_key=True),
    Column("key_id", String(63), nullable=False),
    Column("payload_digest", LargeBinary(32), nullable=False),
    Column("answer", Json, nullable=True),
    Column("user_id", Uuid, nullable=True),  # whose data the answer holds, if it holds anybody's
    time("created_at"),
)
_of_a_user = text("user_id IS NOT NULL")
Index(
    "ix_answered_requests_user",
    answered_requests.c.tenant_id,
    answered_requests.c.user_id,
    postgresql_where=_of_a_user,
    sqlite_where=_of_a_user,
)
