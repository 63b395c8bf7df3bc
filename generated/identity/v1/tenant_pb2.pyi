import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Tenant(_message.Message):
    __slots__ = ("tenant_id", "profile", "effective_profile", "create_time", "update_time")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_PROFILE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    profile: TenantProfile
    effective_profile: TenantProfile
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    def __init__(self, tenant_id: _Optional[str] = ..., profile: _Optional[_Union[TenantProfile, _Mapping]] = ..., effective_profile: _Optional[_Union[TenantProfile, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class TenantProfile(_message.Message):
    __slots__ = ("display_name", "brand", "from_address", "sender_name", "user_types", "hide_taken_addresses", "limits")
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    BRAND_FIELD_NUMBER: _ClassVar[int]
    FROM_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    SENDER_NAME_FIELD_NUMBER: _ClassVar[int]
    USER_TYPES_FIELD_NUMBER: _ClassVar[int]
    HIDE_TAKEN_ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    display_name: str
    brand: TenantBrand
    from_address: str
    sender_name: str
    user_types: _containers.RepeatedScalarFieldContainer[str]
    hide_taken_addresses: bool
    limits: _containers.RepeatedCompositeFieldContainer[TenantLimit]
    def __init__(self, display_name: _Optional[str] = ..., brand: _Optional[_Union[TenantBrand, _Mapping]] = ..., from_address: _Optional[str] = ..., sender_name: _Optional[str] = ..., user_types: _Optional[_Iterable[str]] = ..., hide_taken_addresses: _Optional[bool] = ..., limits: _Optional[_Iterable[_Union[TenantLimit, _Mapping]]] = ...) -> None: ...

class TenantBrand(_message.Message):
    __slots__ = ("name", "public_url", "accent", "on_accent", "accent_on_dark", "logo_url", "footer", "support_address")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_URL_FIELD_NUMBER: _ClassVar[int]
    ACCENT_FIELD_NUMBER: _ClassVar[int]
    ON_ACCENT_FIELD_NUMBER: _ClassVar[int]
    ACCENT_ON_DARK_FIELD_NUMBER: _ClassVar[int]
    LOGO_URL_FIELD_NUMBER: _ClassVar[int]
    FOOTER_FIELD_NUMBER: _ClassVar[int]
    SUPPORT_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    name: str
    public_url: str
    accent: str
    on_accent: str
    accent_on_dark: str
    logo_url: str
    footer: str
    support_address: str
    def __init__(self, name: _Optional[str] = ..., public_url: _Optional[str] = ..., accent: _Optional[str] = ..., on_accent: _Optional[str] = ..., accent_on_dark: _Optional[str] = ..., logo_url: _Optional[str] = ..., footer: _Optional[str] = ..., support_address: _Optional[str] = ...) -> None: ...

class TenantLimit(_message.Message):
    __slots__ = ("rule", "rate")
    RULE_FIELD_NUMBER: _ClassVar[int]
    RATE_FIELD_NUMBER: _ClassVar[int]
    rule: str
    rate: str
    def __init__(self, rule: _Optional[str] = ..., rate: _Optional[str] = ...) -> None: ...
