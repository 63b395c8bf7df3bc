"""What each kind's row must hold, and what its mail says because of it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert

from identity_service.identity.challenge_secrets import Purpose
from identity_service.identity.mails import address_hint
from identity_service.ids import new_id
from identity_service.notification.kinds import Kind
from identity_service.storage.tables import challenges
from tests.services.household import CODE, LINK, Household
from tests.services.many_notifications import fill

TRACED = {"given_name": "Ada", "ip_address": "192.0.2.1"}
CONTEXTS: dict[Kind, dict[str, Any]] = {
    Kind.VERIFICATION: {"given_name": "Ada"},
    Kind.ONE_TIME_CODE: TRACED,
    Kind.RESET_LINK: TRACED,
    Kind.RESET_CODE: TRACED,
    Kind.WELCOME: {"given_name": "Ada"},
    Kind.PASSWORD_CHANGED: TRACED,
    Kind.EMAIL_CHANGE: {"given_name": "Ada"},
    Kind.EMAIL_CHANGED: TRACED | {"new_email_hint": "a•••@example.org"},
    Kind.ACCOUNT_DELETED: {"given_name": "Ada"},
    Kind.INVITATION: {"inviter_name": "Grace Hopper"},
    Kind.NOTIFICATION: {"given_name": "Ada", "subject": "News", "message": "All is well."},
    Kind.ADDRESS_TAKEN: TRACED,
}
PROOFS = {
    Kind.VERIFICATION: Purpose.VERIFY_EMAIL,
    Kind.ONE_TIME_CODE: Purpose.SIGN_IN,
    Kind.RESET_LINK: Purpose.RESET_PASSWORD,
    Kind.RESET_CODE: Purpose.RESET_PASSWORD,
    Kind.EMAIL_CHANGE: Purpose.CHANGE_EMAIL,
    Kind.INVITATION: Purpose.INVITATION,
}
PAGES = {
    Kind.VERIFICATION: "verify-email",
    Kind.RESET_LINK: "reset-password",
    Kind.EMAIL_CHANGE: "confirm-email-change",
    Kind.INVITATION: "accept-invitation",
}
CODES = {Kind.VERIFICATION, Kind.ONE_TIME_CODE, Kind.RESET_CODE, Kind.EMAIL_CHANGE}


def _challenge(household: Household, purpose: Purpose) -> UUID:
    now = household.clock()
    row = {
        "tenant_id": "default",
        "id": new_id(),
        "purpose": purpose,
        "address_key": "ada@example.com",
        "key_id": household.core.key_ring.active.id,
        "created_at": now,
        "expires_at": now + timedelta(hours=1),
    }
    with household.core.database.connect() as connection:
        connection.execute(insert(challenges), row)
    return row["id"]


def _text(household: Household, kind: Kind, **values: Any) -> str:
    purpose = PROOFS.get(kind)
    values = {
        "kind": kind,
        "context": CONTEXTS[kind],
        "challenge_id": _challenge(household, purpose) if purpose else None,
    } | values
    (notification_id,) = fill(household.core.database, 1, now=household.clock() - timedelta(minutes=2), **values)
    household.relay()
    assert household.notification(notification_id, values.get("tenant_id", "default")).state == "sent"
    return household.letter(notification_id).text


@pytest.mark.parametrize("kind", list(Kind))
def test_a_row_with_its_values_becomes_a_mail_with_its_code_and_link(household: Household, kind: Kind):
    text = _text(household, kind)
    assert len(CODE.findall(text)) == (kind in CODES)
    assert len(LINK.findall(text)) == (kind in PAGES)
    if kind in PAGES:
        assert f"{household.settings.resolved_public_url}/{PAGES[kind]}?token=" in text
    assert all(str(value) in text for name, value in CONTEXTS[kind].items() if name != "subject")


def test_a_changed_password_leads_to_where_a_reset_begins(household: Household):
    link = f"{household.settings.resolved_public_url}/reset-password"
    assert link in _text(household, Kind.PASSWORD_CHANGED).splitlines()


def test_a_tenants_mail_has_its_brand_its_links_and_its_sender(household: Household):
    own = {"brand_name": "Acme", "public_url": "https://acme.example", "from_address": "Acme <hi@acme.example>"}
    household.add_tenant("acme", **own)
    (notification_id,) = fill(
        household.core.database, 1, now=household.clock() - timedelta(minutes=2), tenant_id="acme"
    )
    household.relay()
    letter = household.letter(notification_id)
    assert letter.subject == "Welcome to Acme"
    assert "https://acme.example" in letter.text
    assert letter.sender == "Acme <hi@acme.example>"


@pytest.mark.parametrize(
    ("address", "hint"),
    [
        ("ada@example.com", "a•••@example.com"),
        ("a@example.com", "a•••@example.com"),
        ("أمينة@مثال.example", "أ•••@مثال.example"),
        ("ada@" + "x" * 200 + ".example", "a•••@•••" + "x" * 56 + ".example"),
    ],
)
def test_a_hint_at_an_address_does_not_give_it_away(address: str, hint: str):
    assert address_hint(address) == hint
