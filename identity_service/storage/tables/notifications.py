"""The outbox. A row is a mail that must arrive; its state is the only truth about it."""

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text, Uuid, text

from identity_service.storage.tables.columns import Json, metadata, row_id, tenant_id, time

notifications = Table(
    "notifications",
    metadata,
    tenant_id(),
    row_id(),
    Column("kind", String(32), nullable=False),
    Column("queue", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("user_id", Uuid, nullable=True),
    Column("user_type", String(64), nullable=True),
    Column("challenge_id", Uuid, nullable=True),
    Column("recipient", Text, nullable=False),
    Column("recipient_key", Text, nullable=False),
    Column("locale", String(35), nullable=False),
    Column("context", Json, nullable=False),
    Column("decoy", Boolean, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("attempt_limit", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("last_error", Text, nullable=True),
    time("created_at"),
    time("due_at"),
    time("relay_at"),
    time("expires_at", nullable=True),
    time("sent_at", nullable=True),
    Column("provider_reference", Text, nullable=True),
    # Nothing else may keep the recipient: the user is gone.
    Column("erase_when_done", Boolean, nullable=False),
    # What many get; the rest of its mails are found by it.
    Column("message_id", Uuid, nullable=True),
    # The mail that was queued when this one expired unsent, and how many expired before this one.
    Column("replaced_by", Uuid, nullable=True),
    Column("predecessors", Integer, nullable=False),
)

WAITING = text("message_id IS NULL AND state IN ('queued', 'sending')")
"""The rows in the relay's index. Its queries say the same, word for word, or no database would see that it serves.

Mails of a message to many are not among them: the message itself is woken, and finds its mails by an index of its own.
"""

Index("ix_notifications_relay", notifications.c.relay_at, postgresql_where=WAITING, sqlite_where=WAITING)
Index(
    "ix_notifications_recipient",
    notifications.c.tenant_id,
    notifications.c.recipient_key,
    notifications.c.id,
)

_ENDED = "'sent', 'dead', 'expired', 'cancelled', 'suppressed'"
WAITING_OF_MESSAGE = text(f"message_id IS NOT NULL AND state NOT IN ({_ENDED})")
"""The rows in the index of a message's workers, in which `relay_at` is when a mail is due, or when its lease ends.

It names the states that it leaves out. `state IN ('queued', 'sending')` would be a condition on the index's column as
well, which PostgreSQL 18 prices as two searches: to read all mails of the message by the other index may seem cheaper.
"""

Index(
    "ix_notifications_message",
    notifications.c.tenant_id,
    notifications.c.message_id,
    notifications.c.state,
    notifications.c.relay_at,
    postgresql_where=WAITING_OF_MESSAGE,
    sqlite_where=WAITING_OF_MESSAGE,
)
OF_MESSAGE = text("message_id IS NOT NULL")
Index(
    "uq_notifications_message_user",
    notifications.c.tenant_id,
    notifications.c.message_id,
    notifications.c.user_id,
    unique=True,  # nobody gets a message twice, whatever happens while its recipients are looked up
    postgresql_where=OF_MESSAGE,
    sqlite_where=OF_MESSAGE,
)

DEAD = text("state = 'dead'")
_of_a_user = text("user_id IS NOT NULL")
Index(
    "ix_notifications_user",
    notifications.c.tenant_id,
    notifications.c.user_id,
    notifications.c.id,
    postgresql_where=_of_a_user,
    sqlite_where=_of_a_user,
)
Index(
    "ix_notifications_dead",
    notifications.c.tenant_id,
    notifications.c.id,
    postgresql_where=DEAD,
    sqlite_where=DEAD,
)

ERASABLE = text("erase_when_done AND state NOT IN ('queued', 'sending')")
"""Rows that have come to an end and still hold what is to be erased; there is hardly ever one."""

Index(
    "ix_notifications_erasable",
    notifications.c.tenant_id,
    notifications.c.id,
    postgresql_where=ERASABLE,
    sqlite_where=ERASABLE,
)

delivery_attempts = Table(
    "delivery_attempts",
    metadata,
    tenant_id(),
    Column("notification_id", Uuid, primary_key=True),
    Column("number", Integer, primary_key=True),
    time("started_at"),
    time("ended_at"),
    Column("outcome", String(16), nullable=False),
    Column("error", Text, nullable=True),
)
