"""Profiles at hand: what a tenant sets holds, what it leaves comes from the settings, and asking costs no query."""

from unittest.mock import patch

import pytest

from identity_service.storage.database import Database
from identity_service.storage.errors import DatabaseUnavailable
from identity_service.storage.tables import tenants
from identity_service.tenants.directory import FRESH_SECONDS, TenantDirectory
from identity_service.tenants.profile import TenantProfile
from tests.services.hands import Hands
from tests.services.household import Household
from tests.services.statements import counted

DEFAULTS = TenantProfile("Example", "https://example.com", "Example <no-reply@example.com>", ("user",))


def change(household: Household, **profile: object) -> None:
    with household.core.database.connect() as connection:
        connection.execute(tenants.update().where(tenants.c.id == "acme"), {"profile": profile})


def directory(household: Household, hands: Hands | None = None) -> TenantDirectory:
    return TenantDirectory(household.core.database, DEFAULTS, hands or Hands())


def test_what_a_tenant_sets_holds_and_the_rest_is_inherited(household: Household):
    household.add_tenant("acme", brand_name="Acme", user_types=["artist", "fan"], limits={"register": "9/1h"})
    profile = directory(household).get("acme")
    assert (profile.brand_name, profile.user_types) == ("Acme", ("artist", "fan"))
    assert profile.limits == (("register", "9/1h"),)
    assert profile.from_address == DEFAULTS.from_address


def test_a_tenant_that_nobody_knows_has_the_defaults(household: Household):
    assert directory(household).get("nobody") == DEFAULTS


def test_what_another_release_has_stored_is_left_out(household: Household):
    household.add_tenant("acme", brand_name="Acme", of_the_next_release=True)
    assert directory(household).get("acme").brand_name == "Acme"


def test_a_profile_is_asked_for_once_while_it_is_fresh(household: Household):
    known = directory(household)
    with counted(household.core.database) as statements:
        for _ in range(10):
            known.get("default")
    assert len(statements.texts) == 1


def test_a_change_holds_when_what_was_known_is_stale(household: Household):
    household.add_tenant("acme")
    hands = Hands()
    known = directory(household, hands)
    known.get("acme")
    change(household, brand_name="Acme")
    assert known.get("acme").brand_name == "Example"
    hands.turn(FRESH_SECONDS)
    assert known.get("acme").brand_name == "Acme"


def test_a_change_made_by_this_process_holds_at_once(household: Household):
    household.add_tenant("acme")
    known = directory(household)
    known.get("acme")
    change(household, brand_name="Acme")
    known.forget("acme")
    assert known.get("acme").brand_name == "Acme"


def test_what_was_known_holds_while_the_database_is_away(household: Household):
    household.add_tenant("acme", brand_name="Acme")
    hands = Hands()
    known = directory(household, hands)
    known.get("acme")
    hands.turn(FRESH_SECONDS)
    with patch.object(Database, "connect", side_effect=DatabaseUnavailable):
        assert known.get("acme").brand_name == "Acme"
        with pytest.raises(DatabaseUnavailable):
            known.get("other")
