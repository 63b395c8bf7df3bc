"""A call that hashes finds a place before it has cost anything, or is refused; with a place it never is."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from typing import Any
from unittest.mock import patch
from uuid import UUID

import grpc
import pytest

from identity_service.identity.limits import Rule
from identity_service.identity.passwords import HashingBusy, HashingCost, HashingPlaces
from identity_service.storage.tables import users
from tests.services.at_once import meanwhile
from tests.services.costs import PING, Meter
from tests.services.hashing import cores_taken, free_cores, place_to_hash, places_taken, waiting_for_a_core
from tests.services.household import PASSWORD, QUICK_HASH, Household
from tests.services.pwned import pwned_server
from tests.services.scenes import SCENES
from tests.services.served import served
from tests.services.service import reason
from tests.services.somebody import Somebody
from tests.services.statements import counted
from tests.services.waiting import eventually

ADA, NEW = "ada@example.com", "walnut-comet-drizzle-7"
MORE_TRIES_THAN_ANY_LIMIT = 7
ONE_EACH = {f"IDENTITY_LIMIT_{rule.upper()}": "1/1h" for rule in Rule}
HASHING = (
    "RegisterUser",
    "ConfirmPasswordReset",
    "ConfirmPasswordReset, by code",
    "ChangePassword",
    "DeleteAccount",
    "StartEmailChange",
    "AcceptInvitation",
    "SignIn",
    "SignIn, hash renewed",
)
"""Every RPC that hashes."""
BY_LINK = {"ConfirmPasswordReset", "AcceptInvitation"}
"""Their links are looked at first."""


def places_of(household: Household) -> HashingPlaces:
    return household.journeys.sign_in._places


@pytest.fixture
def ada(household: Household) -> Iterator[Household]:
    """A process with three places and one core, of which ada@example.com is a user."""
    household.user(ADA)
    with household.restarted(IDENTITY_GRPC_THREADS="4", IDENTITY_GRPC_PROCESSES="64") as small:
        yield small


def user_id(household: Household) -> UUID:
    return household.journeys.user_accounts.get_by_email("default", ADA).id


def sign_in(household: Household) -> object:
    return household.journeys.sign_in(household.call(), ADA, PASSWORD)


@pytest.mark.parametrize("name", HASHING)
def test_a_call_that_finds_no_place_writes_nothing_and_uses_up_nothing(household: Household, name: str):
    with household.restarted(IDENTITY_RATE_LIMITS="on", **ONE_EACH) as strict, served(strict) as client:
        strict.core.tenants.get("default")
        fields: Any = SCENES[name](Somebody(Meter(household, client.channel)))
        call = Meter(strict, client.channel).call(name.partition(",")[0], **fields)
        with places_taken(places_of(strict)), counted(strict.core.database) as statements:
            for _ in range(MORE_TRIES_THAN_ANY_LIMIT):
                with pytest.raises(grpc.RpcError) as refused:
                    call()
                assert reason(refused.value) == "SERVER_BUSY"
        asked = [text for text in statements.texts if text != PING]
        assert len(asked) == (MORE_TRIES_THAN_ANY_LIMIT if name in BY_LINK else 0)
        assert all(text.startswith("SELECT") for text in asked)
        assert call()


@pytest.mark.parametrize("name", sorted(BY_LINK))
def test_a_false_link_needs_no_place(household: Household, name: str):
    with served(household) as client:
        meter = Meter(household, client.channel)
        fields: Any = SCENES[name](Somebody(meter))
        call = meter.call(name, **fields | {"token": "A" * 64})
        with places_taken(places_of(household)), pytest.raises(grpc.RpcError) as refused:
            call()
    assert reason(refused.value) == "PROOF_INVALID"


def test_a_repeated_call_is_answered_even_if_there_is_no_place(household: Household):
    with served(household) as client:
        meter = Meter(household, client.channel)
        fields: Any = SCENES["RegisterUser, repeated"](Somebody(meter))
        call = meter.call("RegisterUser", **fields)
        with places_taken(places_of(household)):
            assert call()


def test_who_has_a_place_is_served_although_others_come_all_the_time(ada: Household):
    places = places_of(ada)
    with ThreadPoolExecutor(3) as callers, cores_taken(places):
        admitted = [callers.submit(sign_in, ada) for _ in range(3)]
        eventually(lambda: waiting_for_a_core(places) == 3, "all who have places wait for the core")
        for _ in range(MORE_TRIES_THAN_ANY_LIMIT):
            with pytest.raises(HashingBusy):
                sign_in(ada)
        assert not any(one.done() for one in admitted)
    assert all(one.result() for one in admitted)


def test_a_renewal_has_the_place_of_its_sign_in(ada: Household):
    ada.set_hash(user_id(ada), place_to_hash(HashingCost(memory=64, passes=2)).hash(PASSWORD))
    with ExitStack() as others:
        others_come = partial(others.enter_context, places_taken(places_of(ada)))
        with meanwhile(ada.core.database, "INSERT INTO sessions", others_come):
            assert sign_in(ada)
    assert str(ada.rows(users)[0]["password_hash"]).startswith(QUICK_HASH)


def test_a_change_that_asks_another_service_keeps_its_place_but_no_core(ada: Household):
    seen = []
    with (
        pwned_server() as pwned,
        ada.restarted(IDENTITY_BREACHED_PASSWORDS_URL=pwned.url) as asking,
        ExitStack() as others,
    ):
        places, really = places_of(asking), pwned.answer

        def answer(prefix: str) -> str:
            seen.append((free_cores(places), others.enter_context(places_taken(places))))
            return really(prefix)

        with patch.object(pwned, "answer", answer):
            assert asking.journeys.change_password(asking.call(), user_id(asking), PASSWORD, NEW)
    assert seen == [(1, 2)]
