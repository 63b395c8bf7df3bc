"""The attempts to register, and the users that came of it."""

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text, UniqueConstraint, text

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
    time("updated_at", nullable=True),
    time("suspended_at", nullable=True),
    Column("suspend_reason", Text, nullable=True),
    Column("external_reference", Text, nullable=True),  # what an import called this user
    time("password_changed_at", nullable=True),  # since it was first set; what was asked for before is void
    UniqueConstraint("tenant_id", "address_key"),
)
Index("ix_users_type", users.c.tenant_id, users.c.user_type, users.c.id)  # lists, and what campaigns fan out over

SUSPENDED = text("state = 'suspended'")
"""The few rows in the index of suspended users. Queries say the same, word for word."""

Index("ix_users_suspended", users.c.tenant_id, users.c.id, postgresql_where=SUSPENDED, sqlite_where=SUSPENDED)
# The unique index would do, were it sorted by code points. On PostgreSQL it is sorted as the database's language asks.
Index(
    "ix_users_address_prefix",
    users.c.tenant_id,
    users.c.address_key,
    postgresql_ops={"address_key": "text_pattern_ops"},
)
