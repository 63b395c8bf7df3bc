from buf.validate import validate_pb2 as _validate_pb2
from identity.v1 import authorization_pb2 as _authorization_pb2
from identity.v1 import client_context_pb2 as _client_context_pb2
from notification.v1 import notification_pb2 as _notification_pb2
from notification.v1 import template_pb2 as _template_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListTemplatesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "kinds", "user_type", "locale", "include_history")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    KINDS_FIELD_NUMBER: _ClassVar[int]
    USER_TYPE_FIELD_NUMBER: _ClassVar[int]
    LOCALE_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_HISTORY_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    kinds: _containers.RepeatedScalarFieldContainer[_notification_pb2.NotificationKind]
    user_type: str
    locale: str
    include_history: bool
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., kinds: _Optional[_Iterable[_Union[_notification_pb2.NotificationKind, str]]] = ..., user_type: _Optional[str] = ..., locale: _Optional[str] = ..., include_history: _Optional[bool] = ...) -> None: ...

class ListTemplatesResponse(_message.Message):
    __slots__ = ("templates", "next_page_token", "kinds", "locales")
    TEMPLATES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    KINDS_FIELD_NUMBER: _ClassVar[int]
    LOCALES_FIELD_NUMBER: _ClassVar[int]
    templates: _containers.RepeatedCompositeFieldContainer[_template_pb2.TemplateOverride]
    next_page_token: str
    kinds: _containers.RepeatedCompositeFieldContainer[_template_pb2.TemplateKind]
    locales: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, templates: _Optional[_Iterable[_Union[_template_pb2.TemplateOverride, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., kinds: _Optional[_Iterable[_Union[_template_pb2.TemplateKind, _Mapping]]] = ..., locales: _Optional[_Iterable[str]] = ...) -> None: ...

class RenderTemplateRequest(_message.Message):
    __slots__ = ("kind", "user_type", "locale", "version", "draft")
    KIND_FIELD_NUMBER: _ClassVar[int]
    USER_TYPE_FIELD_NUMBER: _ClassVar[int]
    LOCALE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DRAFT_FIELD_NUMBER: _ClassVar[int]
    kind: _notification_pb2.NotificationKind
    user_type: str
    locale: str
    version: int
    draft: TemplateDraft
    def __init__(self, kind: _Optional[_Union[_notification_pb2.NotificationKind, str]] = ..., user_type: _Optional[str] = ..., locale: _Optional[str] = ..., version: _Optional[int] = ..., draft: _Optional[_Union[TemplateDraft, _Mapping]] = ...) -> None: ...

class TemplateDraft(_message.Message):
    __slots__ = ("subject", "html", "text")
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    HTML_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    subject: str
    html: str
    text: str
    def __init__(self, subject: _Optional[str] = ..., html: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...

class RenderTemplateResponse(_message.Message):
    __slots__ = ("rendered", "template")
    RENDERED_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    rendered: _template_pb2.RenderedTemplate
    template: _template_pb2.TemplateOverride
    def __init__(self, rendered: _Optional[_Union[_template_pb2.RenderedTemplate, _Mapping]] = ..., template: _Optional[_Union[_template_pb2.TemplateOverride, _Mapping]] = ...) -> None: ...

class PutTemplateOverrideRequest(_message.Message):
    __slots__ = ("request_id", "client", "kind", "user_type", "locale", "subject", "html", "text")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    USER_TYPE_FIELD_NUMBER: _ClassVar[int]
    LOCALE_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    HTML_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    client: _client_context_pb2.ClientContext
    kind: _notification_pb2.NotificationKind
    user_type: str
    locale: str
    subject: str
    html: str
    text: str
    def __init__(self, request_id: _Optional[str] = ..., client: _Optional[_Union[_client_context_pb2.ClientContext, _Mapping]] = ..., kind: _Optional[_Union[_notification_pb2.NotificationKind, str]] = ..., user_type: _Optional[str] = ..., locale: _Optional[str] = ..., subject: _Optional[str] = ..., html: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...

class PutTemplateOverrideResponse(_message.Message):
    __slots__ = ("template",)
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    template: _template_pb2.TemplateOverride
    def __init__(self, template: _Optional[_Union[_template_pb2.TemplateOverride, _Mapping]] = ...) -> None: ...

class DeleteTemplateOverrideRequest(_message.Message):
    __slots__ = ("request_id", "client", "kind", "user_type", "locale")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    USER_TYPE_FIELD_NUMBER: _ClassVar[int]
    LOCALE_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    client: _client_context_pb2.ClientContext
    kind: _notification_pb2.NotificationKind
    user_type: str
    locale: str
    def __init__(self, request_id: _Optional[str] = ..., client: _Optional[_Union[_client_context_pb2.ClientContext, _Mapping]] = ..., kind: _Optional[_Union[_notification_pb2.NotificationKind, str]] = ..., user_type: _Optional[str] = ..., locale: _Optional[str] = ...) -> None: ...

class DeleteTemplateOverrideResponse(_message.Message):
    __slots__ = ("template",)
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    template: _template_pb2.TemplateOverride
    def __init__(self, template: _Optional[_Union[_template_pb2.TemplateOverride, _Mapping]] = ...) -> None: ...
