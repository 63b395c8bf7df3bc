"""The audit trail."""

from typing import Any
from uuid import UUID

from identity.v1 import audit_event_pb2 as pb

from identity_service.calls.audit import Event, Outcome
from identity_service.calls.audit_reading import EventFilter
from identity_service.errors import FieldViolation, InvalidInput
from identity_service.rpc.converters.times import to_timestamp
from identity_service.storage.rows import AuditEvent

OUTCOMES = {
    Outcome.SUCCEEDED: pb.AUDIT_OUTCOME_SUCCEEDED,
    Outcome.REFUSED: pb.AUDIT_OUTCOME_REFUSED,
    Outcome.FAILED: pb.AUDIT_OUTCOME_FAILED,
}
_OUTCOMES: dict[Any, Outcome] = {number: outcome for outcome, number in OUTCOMES.items()}
_EVENTS = frozenset(Event)


def to_audit_event(event: AuditEvent) -> pb.AuditEvent:
    return pb.AuditEvent(
        event_id=str(event.id),
        event=event.event,
        outcome=OUTCOMES[Outcome(event.outcome)],
        reason=event.reason or "",
        actor=event.actor,
        user_id=str(event.user_id or ""),
        subject_id=str(event.subject_id or ""),
        ip_address=event.ip_address or "",
        user_agent=event.user_agent or "",
        create_time=to_timestamp(event.created_at),
    )


def event_filter(given: pb.AuditEventFilter) -> EventFilter:
    """Raises `InvalidInput` for an event that does not exist: it would never be found."""
    unknown = [index for index, event in enumerate(given.events) if event not in _EVENTS]
    if unknown:
        raise InvalidInput([FieldViolation(f"filter.events[{index}]", "is no event") for index in unknown])
    return EventFilter(
        events=tuple(given.events),
        outcome=_OUTCOMES.get(given.outcome),
        actor=given.actor or None,
        ip_address=given.ip_address or None,
        user_id=UUID(given.user_id) if given.user_id else None,
        subject_id=UUID(given.subject_id) if given.subject_id else None,
    )
