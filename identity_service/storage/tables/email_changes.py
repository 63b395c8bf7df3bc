"""Changes of an address: asked for, and confirmed from the new mailbox."""

from sqlalchemy import Column, Index, Table, Text, Uuid

from identity_service.storage.tables.columns import metadata, row_id, tenant_id, time

email_changes = Table(
    "email_changes",
    metadata,
    tenant_id(),
    row_id(),
    Column("user_id", Uuid, nullable=False),
    Column("new_email", Text, nullable=False),
    Column("new_address_key", Text, nullable=False),
    Column("old_address_key", Text, nullable=True),  # known once it is confirmed
    time("created_at"),
    time("expires_at"),
    time("ended_at", nullable=True),  # confirmed, or made void when another of the user was
)
Index("ix_email_changes_user", email_changes.c.tenant_id, email_changes.c.user_id, email_changes.c.id)
Index("ix_email_changes_address", email_changes.c.tenant_id, email_changes.c.new_address_key)
