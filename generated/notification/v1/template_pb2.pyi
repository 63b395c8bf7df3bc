import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from notification.v1 import notification_pb2 as _notification_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TemplateOverride(_message.Message):
    __slots__ = ("template_override_id", "kind", "user_type", "locale", "version", "deleted", "create_time", "creator", "source")
    TEMPLATE_OVERRIDE_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    USER_TYPE_FIELD_NUMBER: _ClassVar[int]
    LOCALE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DELETED_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATOR_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    template_override_id: str
    kind: _notification_pb2.NotificationKind
    user_type: str
    locale: str
    version: int
    deleted: bool
    create_time: _timestamp_pb2.Timestamp
    creator: str
    source: TemplateSource
    def __init__(self, template_override_id: _Optional[str] = ..., kind: _Optional[_Union[_notification_pb2.NotificationKind, str]] = ..., user_type: _Optional[str] = ..., locale: _Optional[str] = ..., version: _Optional[int] = ..., deleted: _Optional[bool] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., creator: _Optional[str] = ..., source: _Optional[_Union[TemplateSource, _Mapping]] = ...) -> None: ...

class TemplateSource(_message.Message):
    __slots__ = ("subject", "html", "text")
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    HTML_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    subject: str
    html: str
    text: str
    def __init__(self, subject: _Optional[str] = ..., html: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...

class TemplateKind(_message.Message):
    __slots__ = ("kind", "names", "subject_names", "required_names")
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAMES_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_NAMES_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_NAMES_FIELD_NUMBER: _ClassVar[int]
    kind: _notification_pb2.NotificationKind
    names: _containers.RepeatedScalarFieldContainer[str]
    subject_names: _containers.RepeatedScalarFieldContainer[str]
    required_names: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, kind: _Optional[_Union[_notification_pb2.NotificationKind, str]] = ..., names: _Optional[_Iterable[str]] = ..., subject_names: _Optional[_Iterable[str]] = ..., required_names: _Optional[_Iterable[str]] = ...) -> None: ...

class RenderedTemplate(_message.Message):
    __slots__ = ("subject", "html", "text")
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    HTML_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    subject: str
    html: str
    text: str
    def __init__(self, subject: _Optional[str] = ..., html: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...
