"""What operators see of users, and what they change about them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from identity.v1.user_service_pb2 import DeleteUserRequest, ListUsersRequest, UpdateUserRequest

from identity_service.identity.errors import UserNotFound
from identity_service.identity.user_accounts import UserFilter
from identity_service.ids import new_id, new_id_of
from identity_service.storage.rows import User
from identity_service.storage.tables import audit_events, users
from tests.rpc.fakes import reason_of, violations_of
from tests.services.household import Household
from tests.services.many_challenges import add_user
from tests.services.served import served


def listed(household: Household, wanted: UserFilter | None = None, **page: Any) -> list[User]:
    given = {"before": None, "size": 100} | page
    return household.journeys.user_accounts.page("default", wanted or UserFilter(), **given)


def ids(found: list[User]) -> list[UUID]:
    return [user.id for user in found]


def events(household: Household, name: str) -> list[dict[str, Any]]:
    return [row for row in household.rows(audit_events) if row["event"] == name]


def test_a_user_is_found_by_id_and_by_address_in_any_case(household: Household):
    ada = household.user("ada@example.com")
    assert household.journeys.user_accounts.get("default", ada.id) == ada
    assert household.journeys.user_accounts.get_by_email("default", "ADA@Example.com") == ada


def test_a_registration_is_no_user_yet(household: Household):
    registered = household.register("ada@example.com")
    with pytest.raises(UserNotFound):
        household.journeys.user_accounts.get("default", registered.user_id)
    with pytest.raises(UserNotFound):
        household.journeys.user_accounts.get_by_email("default", "ada@example.com")


def test_another_tenant_sees_and_changes_nothing(household: Household):
    ada, accounts = household.user(), household.journeys.user_accounts
    household.add_tenant("other")
    stranger = household.call(tenant="other")
    for attempt in (
        lambda: accounts.get("other", ada.id),
        lambda: accounts.get_by_email("other", "ada@example.com"),
        lambda: accounts.update(stranger, ada.id, {"given_name": "Eve"}),
        lambda: accounts.suspend(stranger, ada.id, ""),
        lambda: accounts.reinstate(stranger, ada.id),
    ):
        with pytest.raises(UserNotFound):
            attempt()
    assert accounts.page("other", UserFilter(), before=None, size=9) == []
    assert accounts.page_by_address("other", UserFilter(), prefix="a", after=None, size=9) == []
    assert accounts.get("default", ada.id) == ada


def test_the_newest_user_is_listed_first_and_pages_do_not_overlap(household: Household):
    added = [add_user(household.core.database, f"{number}@example.com") for number in range(5)]
    first = listed(household, size=2)
    add_user(household.core.database, "late@example.com")
    rest = listed(household, size=9, before=first[-1].id)
    assert ids(first) + ids(rest) == added[::-1]


def test_a_page_of_several_types_is_sorted_as_one(household: Household):
    kinds = ("artist", "parent", "admin", "artist", "parent", "artist")
    added = [
        add_user(household.core.database, f"{number}@example.com", user_type=kind) for number, kind in enumerate(kinds)
    ]
    wanted = UserFilter(user_types=["parent", "artist"])
    without_admin = [added[number] for number in (5, 4, 3, 1, 0)]
    assert ids(listed(household, wanted)) == without_admin
    assert ids(listed(household, wanted, size=2)) == without_admin[:2]
    assert ids(listed(household, wanted, before=without_admin[1])) == without_admin[2:]


def test_a_list_shows_the_users_that_were_asked_for(household: Household):
    database, now = household.core.database, household.clock.stand()
    long_ago = now - timedelta(days=400)
    old = add_user(database, "old@example.com", id=new_id_of(long_ago), created_at=long_ago)
    bad = add_user(database, "bad@example.com", state="suspended", user_type="artist")
    ada = add_user(database, "ada@example.com", user_type="artist")

    def found(**wanted: Any) -> list[UUID]:
        return ids(listed(household, UserFilter(**wanted)))

    assert found() == [ada, bad, old]
    assert found(state="suspended") == [bad]
    assert found(state="active") == [ada, old]
    assert found(state="active", user_types=["artist"]) == [ada]
    assert found(address_key="old@example.com") == [old]
    assert found(created_from=long_ago) == [ada, bad, old]
    assert found(created_from=long_ago + timedelta(microseconds=1)) == [ada, bad]
    assert found(created_before=now) == [old]
    assert found(created_before=long_ago) == []


def test_a_prefix_finds_addresses_in_their_order_and_pages_do_not_overlap(household: Household):
    for name in ("ann", "anna", "an-na", "anNa2", "bob", "a", "änn"):
        add_user(household.core.database, f"{name}@example.com".lower())
    page = household.journeys.user_accounts.page_by_address

    def found(prefix: str, after: str | None = None, size: int = 9, **wanted: Any) -> list[str]:
        users = page("default", UserFilter(**wanted), prefix=prefix, after=after, size=size)
        return [user.address_key.partition("@")[0] for user in users]

    assert found("ann") == ["ann", "anna2", "anna"]  # by code point: 2 before @ before a
    assert found("an", size=2) == ["an-na", "ann"]
    assert found("an", after="ann@example.com") == ["anna2", "anna"]
    assert found("ä") == ["änn"]
    assert found("an%") == found("a_n") == []
    assert found("an", state="suspended") == found("an", user_types=["artist"]) == []


def test_a_profile_changes_only_where_it_was_told_to(household: Household):
    ada, moment = household.user(given_name="Ada", family_name="King"), household.clock.stand()
    changed = household.journeys.user_accounts.update(household.call(), ada.id, {"family_name": "Lovelace"})
    assert (changed.given_name, changed.family_name, changed.updated_at) == ("Ada", "Lovelace", moment)
    assert household.journeys.user_accounts.get("default", ada.id) == changed
    assert [(row["user_id"], row["outcome"]) for row in events(household, "user.updated")] == [(ada.id, "succeeded")]


def test_a_profile_that_is_so_already_is_not_changed(household: Household):
    ada = household.user(given_name="Ada")
    assert household.journeys.user_accounts.update(household.call(), ada.id, {"given_name": "Ada"}) == ada
    assert events(household, "user.updated") == []


def test_a_repeated_update_takes_effect_once(household: Household):
    ada, again = household.user(), household.call(request_id=new_id())
    accounts = household.journeys.user_accounts
    accounts.update(again, ada.id, {"given_name": "Ada"})
    accounts.update(household.call(), ada.id, {"given_name": "Augusta"})
    assert accounts.update(again, ada.id, {"given_name": "Ada"}).given_name == "Augusta"


def test_an_operator_deletes_a_user_over_the_wire(household: Household):
    ada = household.user()
    with served(household) as client:
        request = DeleteUserRequest(user_id=str(ada.id), request_id=str(new_id()))
        deleted = client.users.DeleteUser(request)
        assert client.users.DeleteUser(request) == deleted
    assert household.letter(UUID(deleted.notification_id)).to == "ada@example.com"
    assert household.rows(users) == []


def test_what_breaks_a_rule_of_the_contract_is_named(household: Household):
    ada = household.user()
    paths = FieldMask(paths=["x"] * 17)
    with served(household) as client, pytest.raises(grpc.RpcError) as refused:
        client.users.UpdateUser(UpdateUserRequest(user_id=str(ada.id), update_mask=paths))
    assert set(violations_of(refused.value)) == {"profile", "update_mask"}


def test_pages_lead_on_over_the_wire_by_time_and_by_address(household: Household):
    for number in range(3):
        add_user(household.core.database, f"ü{number}@example.com")
    with served(household) as client:
        for request in (ListUsersRequest(page_size=2), ListUsersRequest(page_size=2, email_prefix="ü")):
            first = client.users.ListUsers(request)
            request.page_token = first.next_page_token
            second = client.users.ListUsers(request)
            assert [len(first.users), len(second.users), second.next_page_token] == [2, 1, ""]
            assert len({user.user_id for user in (*first.users, *second.users)}) == 3
        with pytest.raises(grpc.RpcError) as refused:
            client.users.ListUsers(ListUsersRequest(page_token=request.page_token, email_prefix="a"))
    assert reason_of(refused.value) == "PAGE_TOKEN_INVALID"


def test_nobody_can_be_changed_who_does_not_exist(household: Household):
    accounts = household.journeys.user_accounts
    for attempt in (
        lambda: accounts.update(household.call(), new_id(), {"given_name": "Eve"}),
        lambda: accounts.suspend(household.call(), new_id(), ""),
        lambda: accounts.reinstate(household.call(), new_id()),
    ):
        with pytest.raises(UserNotFound):
            attempt()
    assert household.rows(users) == household.rows(audit_events) == []
