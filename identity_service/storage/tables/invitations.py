"""Invitations: who was invited by whom, as what."""

from sqlalchemy import Column, Index, String, Table, Text, Uuid

from identity_service.storage.tables.columns import metadata, row_id, tenant_id, time

invitations = Table(
    "invitations",
    metadata,
    tenant_id(),
    row_id(),  # becomes the user's id when the invitation is accepted
    Column("inviter_user_id", Uuid, nullable=False),
    Column("email", Text, nullable=False),
    Column("address_key", Text, nullable=False),
    Column("user_type", String(64), nullable=False),
    Column("locale", String(35), nullable=False),
    time("created_at"),
    time("expires_at"),
    time("accepted_at", nullable=True),
)
Index("ix_invitations_inviter", invitations.c.tenant_id, invitations.c.inviter_user_id, invitations.c.id)
Index("ix_invitations_address", invitations.c.tenant_id, invitations.c.address_key)
