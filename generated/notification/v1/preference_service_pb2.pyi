import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from identity.v1 import authorization_pb2 as _authorization_pb2
from identity.v1 import client_context_pb2 as _client_context_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SuppressionReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SUPPRESSION_REASON_UNSPECIFIED: _ClassVar[SuppressionReason]
    SUPPRESSION_REASON_HARD_BOUNCE: _ClassVar[SuppressionReason]
    SUPPRESSION_REASON_COMPLAINT: _ClassVar[SuppressionReason]
    SUPPRESSION_REASON_OPERATOR: _ClassVar[SuppressionReason]
SUPPRESSION_REASON_UNSPECIFIED: SuppressionReason
SUPPRESSION_REASON_HARD_BOUNCE: SuppressionReason
SUPPRESSION_REASON_COMPLAINT: SuppressionReason
SUPPRESSION_REASON_OPERATOR: SuppressionReason

class Preferences(_message.Message):
    __slots__ = ("user_id", "opted_out_categories")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    OPTED_OUT_CATEGORIES_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    opted_out_categories: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, user_id: _Optional[str] = ..., opted_out_categories: _Optional[_Iterable[str]] = ...) -> None: ...

class Suppression(_message.Message):
    __slots__ = ("suppression_id", "email", "category", "reason", "note", "create_time")
    SUPPRESSION_ID_FIELD_NUMBER: _ClassVar[int]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    suppression_id: str
    email: str
    category: str
    reason: SuppressionReason
    note: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, suppression_id: _Optional[str] = ..., email: _Optional[str] = ..., category: _Optional[str] = ..., reason: _Optional[_Union[SuppressionReason, str]] = ..., note: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetPreferencesRequest(_message.Message):
    __slots__ = ("user_id",)
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    def __init__(self, user_id: _Optional[str] = ...) -> None: ...

class GetPreferencesResponse(_message.Message):
    __slots__ = ("preferences",)
    PREFERENCES_FIELD_NUMBER: _ClassVar[int]
    preferences: Preferences
    def __init__(self, preferences: _Optional[_Union[Preferences, _Mapping]] = ...) -> None: ...

class UpdatePreferencesRequest(_message.Message):
    __slots__ = ("request_id", "client", "user_id", "opt_out_categories", "opt_in_categories")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    OPT_OUT_CATEGORIES_FIELD_NUMBER: _ClassVar[int]
    OPT_IN_CATEGORIES_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    client: _client_context_pb2.ClientContext
    user_id: str
    opt_out_categories: _containers.RepeatedScalarFieldContainer[str]
    opt_in_categories: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, request_id: _Optional[str] = ..., client: _Optional[_Union[_client_context_pb2.ClientContext, _Mapping]] = ..., user_id: _Optional[str] = ..., opt_out_categories: _Optional[_Iterable[str]] = ..., opt_in_categories: _Optional[_Iterable[str]] = ...) -> None: ...

class UpdatePreferencesResponse(_message.Message):
    __slots__ = ("preferences",)
    PREFERENCES_FIELD_NUMBER: _ClassVar[int]
    preferences: Preferences
    def __init__(self, preferences: _Optional[_Union[Preferences, _Mapping]] = ...) -> None: ...

class ListSuppressionsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "email", "category", "reasons")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    email: str
    category: str
    reasons: _containers.RepeatedScalarFieldContainer[SuppressionReason]
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., email: _Optional[str] = ..., category: _Optional[str] = ..., reasons: _Optional[_Iterable[_Union[SuppressionReason, str]]] = ...) -> None: ...

class ListSuppressionsResponse(_message.Message):
    __slots__ = ("suppressions", "next_page_token")
    SUPPRESSIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    suppressions: _containers.RepeatedCompositeFieldContainer[Suppression]
    next_page_token: str
    def __init__(self, suppressions: _Optional[_Iterable[_Union[Suppression, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class AddSuppressionRequest(_message.Message):
    __slots__ = ("request_id", "client", "email", "category", "reason", "note")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    client: _client_context_pb2.ClientContext
    email: str
    category: str
    reason: SuppressionReason
    note: str
    def __init__(self, request_id: _Optional[str] = ..., client: _Optional[_Union[_client_context_pb2.ClientContext, _Mapping]] = ..., email: _Optional[str] = ..., category: _Optional[str] = ..., reason: _Optional[_Union[SuppressionReason, str]] = ..., note: _Optional[str] = ...) -> None: ...

class AddSuppressionResponse(_message.Message):
    __slots__ = ("suppression",)
    SUPPRESSION_FIELD_NUMBER: _ClassVar[int]
    suppression: Suppression
    def __init__(self, suppression: _Optional[_Union[Suppression, _Mapping]] = ...) -> None: ...

class RemoveSuppressionRequest(_message.Message):
    __slots__ = ("request_id", "client", "suppression_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    SUPPRESSION_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    client: _client_context_pb2.ClientContext
    suppression_id: str
    def __init__(self, request_id: _Optional[str] = ..., client: _Optional[_Union[_client_context_pb2.ClientContext, _Mapping]] = ..., suppression_id: _Optional[str] = ...) -> None: ...

class RemoveSuppressionResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
