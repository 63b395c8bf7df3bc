"""What a tenant's profile changes: who may register as what, whether taken addresses show, the limits, the look."""

from pathlib import Path

import pytest

from identity_service.errors import LimitExceeded
from identity_service.identity.errors import EmailTaken, UserTypeNotAllowed
from tests.services.household import Household


def test_people_register_as_what_their_tenant_allows(household: Household):
    household.add_tenant("acme", user_types=["artist", "fan"])
    acme = household.call(tenant="acme")
    assert household.user(call=acme).user_type == "artist"
    assert household.user("bo@example.com", acme, user_type="fan").user_type == "fan"
    with pytest.raises(UserTypeNotAllowed):
        household.register("cy@example.com", acme, user_type="user")
    assert household.user().user_type == "user"


def test_a_tenant_may_tell_that_an_address_is_taken(household: Household):
    household.add_tenant("acme", hide_taken_addresses=False)
    acme = household.call(tenant="acme")
    household.user(call=acme)
    with pytest.raises(EmailTaken):
        household.register(call=acme)
    household.user()
    household.register()


def test_a_tenants_limit_is_its_own(database_url: str, tmp_path: Path):
    with Household(database_url, tmp_path, IDENTITY_RATE_LIMITS="on", IDENTITY_LIMIT_REGISTER="3/1h") as household:
        household.add_tenant("acme", limits={"register": "1/1h"})
        household.register(call=household.call(tenant="acme"))
        with pytest.raises(LimitExceeded):
            household.register(call=household.call(tenant="acme"))
        for _ in range(3):
            household.register()


def test_a_tenants_mails_have_its_look(household: Household):
    household.add_tenant(
        "acme",
        brand_name="Acme",
        public_url="https://acme.example",
        accent="#102030",
        on_accent="#f1f2f3",
        accent_on_dark="#a1b2c3",
        logo_url="https://acme.example/logo.png",
        footer="Acme Ltd, 2 Own Street",
        support_address="help@acme.example",
    )
    letter = household.letter(household.register(call=household.call(tenant="acme")).notification_id)
    assert "Acme" in letter.subject
    assert "https://acme.example/verify-email?token=" in letter.text
    for shown in ("help@acme.example", "Acme Ltd, 2 Own Street"):
        assert shown in letter.text
        assert shown in letter.html
    for shown in ('src="https://acme.example/logo.png"', "#102030", "#f1f2f3", "#a1b2c3"):
        assert shown in letter.html
