"""What is written once and goes to many: messages, and the campaigns that send one to everybody of some types."""

from sqlalchemy import Column, Index, Integer, String, Table, Text, Uuid, text

from identity_service.storage.tables.columns import Json, metadata, row_id, tenant_id, time

messages = Table(
    "messages",
    metadata,
    tenant_id(),
    row_id(),
    Column("kind", String(32), nullable=False),
    Column("category", String(32), nullable=False),
    Column("queue", String(16), nullable=False),
    Column("subject", Text, nullable=True),
    Column("body", Text, nullable=True),
    Column("data", Json, nullable=False),
    # Which waking up of its workers is the latest: workers of an earlier one end.
    Column("wake", Integer, nullable=False),
    # Raised with everything that makes mails due or counts them.
    Column("revision", Integer, nullable=False),
    Column("sent", Integer, nullable=False),
    Column("dead", Integer, nullable=False),
    Column("suppressed", Integer, nullable=False),
    Column("cancelled", Integer, nullable=False),
    time("created_at"),
    time("relay_at", nullable=True),
)

campaigns = Table(
    "campaigns",
    metadata,
    tenant_id(),
    row_id(),  # that of its message
    Column("name", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("user_types", Json, nullable=False),
    Column("expected", Integer, nullable=True),
    Column("recipients", Integer, nullable=False),
    # How far the fan-out is: the type it is at, and the last user of it that was looked at.
    Column("type_position", Integer, nullable=False),
    Column("user_position", Uuid, nullable=True),
    time("created_at"),
    time("starts_at"),
    time("fanned_out_at", nullable=True),
    time("finished_at", nullable=True),
    time("relay_at", nullable=True),
)

TO_RELAY = text("relay_at IS NOT NULL")
"""The rows in the relays' indexes; their queries say the same."""

Index("ix_messages_relay", messages.c.relay_at, postgresql_where=TO_RELAY, sqlite_where=TO_RELAY)
Index("ix_campaigns_relay", campaigns.c.relay_at, postgresql_where=TO_RELAY, sqlite_where=TO_RELAY)
