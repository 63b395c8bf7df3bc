"""What came of the mails of a message: recorded for many in one statement, and counted where the message is.

On SQLite, where a statement costs no trip, results are recorded one after the other.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Connection, bindparam, case, column, or_, text, update

from identity_service.storage.prepared import Prepared
from identity_service.storage.queries import in_hand, results
from identity_service.storage.queries.results import AttemptRecord
from identity_service.storage.rows import NotificationState
from identity_service.storage.tables import messages
from identity_service.storage.tables.columns import Time

COUNTED = ("sent", "dead", "suppressed", "cancelled")
"""States in which a mail of a message has come to an end; the message counts them in columns of these names."""

_RECORD_TOGETHER = Prepared(
    text(f"""
    WITH given AS (
        SELECT * FROM unnest(
            CAST(:ids AS uuid[]), CAST(:attempts AS int[]), CAST(:states AS text[]), CAST(:outcomes AS text[]),
            CAST(:errors AS text[]), CAST(:dues AS timestamptz[]), CAST(:ends AS timestamptz[]),
            CAST(:provider_references AS text[])
        ) AS given (id, attempt, new_state, outcome, error, new_due_at, ended_at, reference)
    ), changed AS (
        UPDATE notifications SET
            state = given.new_state, revision = revision + 1, last_error = given.error, due_at = given.new_due_at,
            relay_at = given.new_due_at, provider_reference = given.reference,
            sent_at = CASE WHEN given.new_state = 'sent' THEN given.ended_at END
        FROM given
        WHERE {in_hand.IN_HAND} AND notifications.id = given.id AND attempts = given.attempt
        RETURNING notifications.id, given.attempt, notifications.state, given.outcome, given.error,
            notifications.due_at, given.ended_at
    ), tried AS (
        INSERT INTO delivery_attempts (tenant_id, notification_id, number, started_at, ended_at, outcome, error)
        SELECT :of_tenant, id, attempt, :started_at, ended_at, outcome, error FROM changed
    ), counted AS (
        UPDATE messages SET
            revision = revision + 1,
            sent = sent + (SELECT count(*) FROM changed WHERE state = 'sent'),
            dead = dead + (SELECT count(*) FROM changed WHERE state = 'dead'),
            suppressed = suppressed + (SELECT count(*) FROM changed WHERE state = 'suppressed'),
            relay_at = LEAST(relay_at, (SELECT min(due_at) FROM changed WHERE state = 'queued'))
        WHERE tenant_id = :of_tenant AND id = :of_message
    )
    SELECT id FROM changed
    """)  # noqa: S608 - fixed words
    .bindparams(bindparam("started_at", type_=Time), *in_hand.PARAMETERS)
    .columns(column("id"))
)
_new_relay_at: BindParameter[Any] = bindparam("new_relay_at", type_=Time)
_COUNT = Prepared(
    update(messages)
    .where(messages.c.tenant_id == bindparam("of_tenant"), messages.c.id == bindparam("of_message"))
    .values(
        revision=messages.c.revision + 1,
        relay_at=case(
            (or_(_new_relay_at.is_(None), messages.c.relay_at <= _new_relay_at), messages.c.relay_at),
            else_=_new_relay_at,
        ),
        **{state: messages.c[state] + bindparam(f"more_{state}") for state in COUNTED},
    )
)


def record(connection: Connection, tenant_id: str, message_id: UUID, records: Sequence[AttemptRecord]) -> None:
    """Write what came of claimed attempts, of one at least, that began at the same time. Rows that have gone on are
    left alone.

    That a mail was accepted is a fact, though, and is written also when the lease ran out meanwhile.
    """
    late = records
    if connection.dialect.name == "postgresql":
        parameters = in_hand.parameters([each.claimed for each in records])
        written = {row[0] for row in _RECORD_TOGETHER.rows(connection, parameters | _columns(records))}
        late = [each for each in records if each.claimed.id not in written]
    if late:
        _record_in_turn(connection, tenant_id, message_id, late)


def _columns(records: Sequence[AttemptRecord]) -> dict[str, Any]:
    return {
        "ids": [each.claimed.id for each in records],
        "attempts": [each.attempt.number for each in records],
        "states": [str(each.state) for each in records],
        "outcomes": [str(each.attempt.outcome) for each in records],
        "errors": [each.attempt.error for each in records],
        "dues": [each.due_at for each in records],
        "ends": [each.attempt.ended_at for each in records],
        "provider_references": [each.provider_reference for each in records],
        "started_at": records[0].attempt.started_at,
    }


def _record_in_turn(connection: Connection, tenant_id: str, message_id: UUID, records: Sequence[AttemptRecord]) -> None:
    left = {each.claimed.id: _record_one(connection, each) for each in records}
    written = [each for each in records if left[each.claimed.id]]
    queued = [each.due_at for each in written if each.state == NotificationState.QUEUED]
    counts = Counter(str(each.state) for each in written)
    counts.subtract(state for state in left.values() if state == NotificationState.DEAD)
    count(connection, tenant_id, message_id, counts, relay_at=min(queued, default=None))


def _record_one(connection: Connection, record: AttemptRecord) -> NotificationState | None:
    """The state that the mail has left; None if it has gone on by itself."""
    if results.write(connection, record):
        return NotificationState.SENDING
    return results.write_late(connection, record)


def count(
    connection: Connection,
    tenant_id: str,
    message_id: UUID,
    more: Counter[str],
    *,
    relay_at: datetime | None = None,
) -> None:
    """Add to the message's counts of mails that have come to an end, and wake it at `relay_at` at the latest."""
    counts = {f"more_{state}": more[state] for state in COUNTED}
    key = {"of_tenant": tenant_id, "of_message": message_id, "new_relay_at": relay_at}
    _COUNT.run(connection, key | counts)
