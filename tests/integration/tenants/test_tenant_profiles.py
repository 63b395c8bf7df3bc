"""What a tenant's profile changes: who may register as what, whether taken addresses show, and the limits."""

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
