"""Audit events, before they are written."""

import re
from datetime import UTC, datetime
from pathlib import Path

from identity_service.calls.audit import AuditTrail, Event, Outcome
from identity_service.calls.call import Call
from identity_service.ids import new_id

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
TRAIL = AuditTrail(lambda: NOW)


def test_an_event_says_who_did_what_when_and_from_where():
    user_id, subject_id = new_id(), new_id()
    call = Call("acme", "backend", "203.0.113.5", "phone")
    event = TRAIL.event(call, Event.SIGNED_IN, user_id=user_id, subject_id=subject_id)
    assert (event.tenant_id, event.actor, event.ip_address, event.user_agent) == (
        "acme",
        "backend",
        "203.0.113.5",
        "phone",
    )
    assert (event.event, event.user_id, event.subject_id, event.created_at) == (
        "session.signed_in",
        user_id,
        subject_id,
        NOW,
    )
    assert (event.outcome, event.reason) == (Outcome.SUCCEEDED, None)


def test_a_reason_makes_it_a_refusal():
    event = TRAIL.event(Call("acme", "backend"), Event.SIGNED_IN, refused_because="CREDENTIALS_INVALID")
    assert (event.outcome, event.reason) == (Outcome.REFUSED, "CREDENTIALS_INVALID")


def test_what_is_not_known_is_left_empty():
    event = TRAIL.event(Call("acme", "backend"), Event.SIGNED_IN)
    assert (event.ip_address, event.user_agent, event.user_id, event.subject_id) == (None, None, None, None)


def test_events_sort_by_the_order_they_were_made_in():
    ids = [TRAIL.event(Call("acme", "backend"), Event.SIGNED_IN).id for _ in range(50)]
    assert ids == sorted(set(ids))


def test_every_event_fits_its_column():
    assert all(len(event.value) <= 63 for event in Event)


def test_every_event_stands_in_the_catalogue():
    documents = Path(__file__).parents[3] / "docs"
    rows = [line.split("|")[1] for line in (documents / "audit.md").read_text().splitlines() if line.startswith("| `")]
    documented = set(re.findall(r"`([a-z_.]+)`", " ".join(rows)))
    assert {event.value for event in Event} - documented == set()
