"""Tenants and their profiles."""

from collections.abc import Iterator, Mapping
from typing import Any

from identity.v1 import tenant_pb2
from identity.v1 import tenant_service_pb2 as pb

from identity_service.errors import FieldViolation, InvalidInput
from identity_service.rpc.converters.times import to_timestamp
from identity_service.storage.rows import Tenant
from identity_service.tenants.profile import CONTRACT_PATHS, DISPLAY_NAME, TenantProfile

_FIELDS = {path: field for field, path in CONTRACT_PATHS.items()}
_ALL = "*"


def to_tenant(tenant: Tenant, defaults: TenantProfile) -> tenant_pb2.Tenant:
    effective = defaults.changed(tenant.profile)
    values = {field: getattr(effective, field) for field in CONTRACT_PATHS if field != DISPLAY_NAME}
    return tenant_pb2.Tenant(
        tenant_id=tenant.id,
        profile=_to_profile(tenant.display_name, tenant.profile),
        effective_profile=_to_profile(tenant.display_name or tenant.id, values),
        create_time=to_timestamp(tenant.created_at),
        update_time=to_timestamp(tenant.updated_at),
    )


def given(profile: tenant_pb2.TenantProfile) -> dict[str, Any]:
    """What a profile sets, by field. Raises `InvalidInput` for a rule with two rates."""
    return {field: value for field, value in _values(profile).items() if value is not None}


def changes_of(request: pb.UpdateTenantRequest) -> Mapping[str, Any]:
    """The masked fields; None for those to be inherited. Raises `InvalidInput` naming each path that is wrong."""
    paths = list(request.update_mask.paths)
    if wrong := list(_unknown(paths)):
        raise InvalidInput(wrong)
    if not paths:
        return given(request.profile)
    return {field: value for field, value in _values(request.profile).items() if _is_masked(field, paths)}


def _unknown(paths: list[str]) -> Iterator[FieldViolation]:
    for number, path in enumerate(paths):
        if not any(_is_masked(field, [path]) for field in CONTRACT_PATHS):
            expected = ", ".join(_FIELDS)
            yield FieldViolation(f"update_mask.paths[{number}]", f"must be one of brand, {expected} or *")


def _is_masked(field: str, paths: list[str]) -> bool:
    path = CONTRACT_PATHS[field]
    return any(masked in (_ALL, path, path.rpartition(".")[0]) and masked for masked in paths)


def _values(profile: tenant_pb2.TenantProfile) -> dict[str, Any]:
    """All fields as they are stored; None for those that are empty."""
    values: dict[str, Any] = {field: _value(profile, path) or None for field, path in CONTRACT_PATHS.items()}
    hides = profile.hide_taken_addresses if profile.HasField("hide_taken_addresses") else None
    limits = {limit.rule: limit.rate for limit in profile.limits}
    if len(limits) < len(profile.limits):
        raise InvalidInput([FieldViolation("profile.limits", "must name each rule once")])
    types = list(profile.user_types)
    return values | {"hide_taken_addresses": hides, "limits": limits or None, "user_types": types or None}


def _value(message: Any, path: str) -> Any:
    for name in path.split("."):
        message = getattr(message, name)
    return message


def _to_profile(display_name: str, values: Mapping[str, Any]) -> tenant_pb2.TenantProfile:
    limits = dict(values.get("limits", {}))
    profile = tenant_pb2.TenantProfile(
        display_name=display_name,
        user_types=values.get("user_types", ()),
        hide_taken_addresses=values.get("hide_taken_addresses"),
        limits=[tenant_pb2.TenantLimit(rule=rule, rate=rate) for rule, rate in sorted(limits.items())],
    )
    for path, field in _FIELDS.items():
        if isinstance(text := values.get(field), str) and text:
            _set(profile, path, text)
    return profile


def _set(message: Any, path: str, text: str) -> None:
    parent, _, name = path.rpartition(".")
    setattr(_value(message, parent) if parent else message, name, text)
