"""What an operator does to tenants, over the wire, and what comes of it."""

from typing import Any
from uuid import uuid4

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from identity.v1 import tenant_pb2
from identity.v1 import tenant_service_pb2 as pb
from identity.v1.tenant_service_pb2_grpc import TenantServiceStub
from notification.v1.notification_service_pb2 import GetNotificationRequest
from notification.v1.notification_service_pb2_grpc import NotificationServiceStub

from identity_service.storage.tables import audit_events
from identity_service.tenants.profile import CONTRACT_PATHS, DISPLAY_NAME, TenantProfile
from tests.services.front import Front
from tests.services.service import reason


@pytest.fixture
def operator(front: Front) -> Any:
    return TenantServiceStub(front.channel(front.new_key("tenants:read", "tenants:write").text))


def create(operator: Any, tenant_id: str = "acme", **profile: Any) -> tenant_pb2.Tenant:
    request = pb.CreateTenantRequest(tenant_id=tenant_id, profile=tenant_pb2.TenantProfile(**profile))
    return operator.CreateTenant(request, timeout=10).tenant


def update(operator: Any, *paths: str, **profile: Any) -> tenant_pb2.Tenant:
    request = pb.UpdateTenantRequest(
        tenant_id="acme", profile=tenant_pb2.TenantProfile(**profile), update_mask=FieldMask(paths=paths)
    )
    return operator.UpdateTenant(request, timeout=10).tenant


def wrong_fields(act: Any) -> list[str]:
    with pytest.raises(grpc.RpcError) as refused:
        act()
    bad = error_details_pb2.BadRequest()
    assert any(detail.Unpack(bad) for detail in rpc_status.from_call(refused.value).details), refused.value
    return [violation.field for violation in bad.field_violations]


def test_every_field_of_a_profile_has_its_place_in_the_contract():
    assert set(CONTRACT_PATHS) == {DISPLAY_NAME, *TenantProfile.__dataclass_fields__}


def test_a_tenant_inherits_what_it_does_not_set(operator: Any):
    made = create(operator, brand={"name": "Acme", "accent": "#aa0000"}, user_types=["artist"])
    assert (made.profile.brand.name, made.profile.from_address) == ("Acme", "")
    assert made.effective_profile.brand.name == "Acme"
    assert made.effective_profile.from_address == "Example <no-reply@example.com>"
    assert (made.effective_profile.display_name, made.effective_profile.hide_taken_addresses) == ("acme", True)
    assert operator.GetTenant(pb.GetTenantRequest(tenant_id="acme"), timeout=10).tenant == made


def test_a_tenant_is_made_once(operator: Any):
    request = pb.CreateTenantRequest(request_id=str(uuid4()), tenant_id="acme")
    assert operator.CreateTenant(request, timeout=10) == operator.CreateTenant(request, timeout=10)
    with pytest.raises(grpc.RpcError) as refused:
        create(operator)
    assert (refused.value.code(), reason(refused.value)) == (grpc.StatusCode.ALREADY_EXISTS, "TENANT_EXISTS")


def test_an_update_changes_what_its_mask_names_and_unsets_what_is_empty(operator: Any):
    create(operator, brand={"name": "Acme", "accent": "#aa0000"}, limits=[{"rule": "register", "rate": "9/1h"}])
    changed = update(operator, "brand.accent", "limits", brand={"name": "ignored"}).profile
    assert (changed.brand.name, changed.brand.accent, len(changed.limits)) == ("Acme", "", 0)
    assert update(operator, "brand", brand={"footer": "Acme Ltd"}).profile.brand == tenant_pb2.TenantBrand(
        footer="Acme Ltd"
    )
    assert update(operator, "*", display_name="Acme").profile == tenant_pb2.TenantProfile(display_name="Acme")


def test_without_a_mask_what_is_given_is_changed(operator: Any):
    create(operator, brand={"name": "Acme"})
    changed = update(operator, hide_taken_addresses=False).profile
    assert (changed.brand.name, changed.hide_taken_addresses) == ("Acme", False)


@pytest.mark.parametrize(
    ("profile", "field"),
    [
        ({"brand": {"public_url": "ftp://example.com"}}, "profile.brand.public_url"),
        ({"brand": {"logo_url": "javascript:alert(1)"}}, "profile.brand.logo_url"),
        ({"brand": {"accent": "red"}}, "profile.brand.accent"),
        ({"brand": {"name": "   "}}, "profile.brand.name"),
        ({"brand": {"support_address": "nobody"}}, "profile.brand.support_address"),
        ({"from_address": "Acme <acme@>"}, "profile.from_address"),
        ({"from_address": "a@example.com, b@example.com"}, "profile.from_address"),
        ({"sender_name": "nowhere"}, "profile.sender_name"),
        ({"limits": [{"rule": "breathing", "rate": "3/1h"}]}, "profile.limits"),
        ({"limits": [{"rule": "register", "rate": "0/1h"}]}, "profile.limits"),
        ({"limits": [{"rule": "register", "rate": "3/1h"}] * 2}, "profile.limits"),
        ({"user_types": [""]}, "profile.user_types[0]"),
    ],
)
def test_what_could_not_be_used_is_refused_by_name(operator: Any, profile: dict[str, Any], field: str):
    assert wrong_fields(lambda: create(operator, **profile)) == [field]


@pytest.mark.parametrize("tenant_id", ["", "Acme", "1acme", "a b", "a" * 64, "ä"])
def test_a_tenants_id_is_a_slug(operator: Any, tenant_id: str):
    assert wrong_fields(lambda: create(operator, tenant_id)) == ["tenant_id"]


def test_an_unknown_path_is_refused(operator: Any):
    create(operator)
    assert wrong_fields(lambda: update(operator, "brand", "brand.size")) == ["update_mask.paths[1]"]


def test_a_tenant_that_is_not_there_is_not_found(operator: Any):
    for call in (lambda: update(operator), lambda: operator.GetTenant(pb.GetTenantRequest(tenant_id="acme"))):
        with pytest.raises(grpc.RpcError) as refused:
            call()
        assert (refused.value.code(), reason(refused.value)) == (grpc.StatusCode.NOT_FOUND, "TENANT_NOT_FOUND")


def test_tenants_are_listed_by_pages(operator: Any):
    for tenant_id in ("zoo", "acme"):
        create(operator, tenant_id)
    first = operator.ListTenants(pb.ListTenantsRequest(page_size=2), timeout=10)
    rest = operator.ListTenants(pb.ListTenantsRequest(page_token=first.next_page_token), timeout=10)
    assert [tenant.tenant_id for page in (first, rest) for tenant in page.tenants] == ["acme", "default", "zoo"]
    assert rest.next_page_token == ""


def test_a_change_is_in_the_trail_of_the_tenant_that_it_is_about(front: Front, operator: Any):
    create(operator)
    update(operator, display_name="Acme")
    recorded = [(row["event"], row["tenant_id"]) for row in front.household.rows(audit_events)]
    assert ("tenant.created", "acme") in recorded
    assert ("tenant.updated", "acme") in recorded


def test_mail_looks_and_comes_as_its_tenant_has_it(front: Front, operator: Any):
    create(
        operator,
        brand={"name": "Acme", "public_url": "https://acme.example", "footer": "Acme Ltd, 1 Rocket Road"},
        from_address="Acme <hello@acme.example>",
    )
    household = front.household
    acme = household.register("ada@example.com", household.call(tenant="acme"))
    letter = household.letter(acme.notification_id)
    assert "https://acme.example/verify-email?token=" in letter.text
    assert "Acme Ltd, 1 Rocket Road" in letter.text
    assert letter.sender == "Acme <hello@acme.example>"
    shown = NotificationServiceStub(front.channel(front.new_key(tenant="acme").text)).GetNotification(
        GetNotificationRequest(notification_id=str(acme.notification_id)), timeout=10
    )
    assert shown.notification.message_id == f"<{acme.notification_id}@acme.example>"
    ours = household.register("ada@example.com")
    assert "Acme" not in household.letter(ours.notification_id).text
    assert household.letter(ours.notification_id).sender == "Example <no-reply@example.com>"


def test_a_change_of_the_brand_holds_for_mail_that_waits(front: Front, operator: Any):
    create(operator, brand={"footer": "before"})
    household = front.household
    registered = household.register("ada@example.com", household.call(tenant="acme"))
    update(operator, brand={"footer": "after"})
    assert "after" in household.letter(registered.notification_id).text
