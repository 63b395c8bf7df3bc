"""What people do not want to receive, and addresses that cannot or must not be written to."""

from sqlalchemy import Column, Index, String, Table, Text, Uuid

from identity_service.storage.tables.columns import metadata, row_id, tenant_id, time

opt_outs = Table(
    "opt_outs",
    metadata,
    tenant_id(),
    Column("user_id", Uuid, primary_key=True),
    Column("category", String(32), primary_key=True),
    time("created_at"),
)

suppressions = Table(
    "suppressions",
    metadata,
    tenant_id(),
    row_id(),
    Column("email", Text, nullable=False),
    Column("address_key", Text, nullable=False),
    Column("category", String(32), nullable=False),  # empty: every category
    Column("reason", String(16), nullable=False),
    Column("note", Text, nullable=False),
    time("created_at"),
)
Index(
    "uq_suppressions_address",
    suppressions.c.tenant_id,
    suppressions.c.address_key,
    suppressions.c.category,
    unique=True,
)
