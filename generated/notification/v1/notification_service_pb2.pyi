import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from identity.v1 import authorization_pb2 as _authorization_pb2
from identity.v1 import client_context_pb2 as _client_context_pb2
from notification.v1 import message_content_pb2 as _message_content_pb2
from notification.v1 import notification_pb2 as _notification_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RecipientOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECIPIENT_OUTCOME_UNSPECIFIED: _ClassVar[RecipientOutcome]
    RECIPIENT_OUTCOME_QUEUED: _ClassVar[RecipientOutcome]
    RECIPIENT_OUTCOME_NOT_FOUND: _ClassVar[RecipientOutcome]
    RECIPIENT_OUTCOME_SUSPENDED: _ClassVar[RecipientOutcome]
    RECIPIENT_OUTCOME_OPTED_OUT: _ClassVar[RecipientOutcome]
    RECIPIENT_OUTCOME_SUPPRESSED: _ClassVar[RecipientOutcome]
RECIPIENT_OUTCOME_UNSPECIFIED: RecipientOutcome
RECIPIENT_OUTCOME_QUEUED: RecipientOutcome
RECIPIENT_OUTCOME_NOT_FOUND: RecipientOutcome
RECIPIENT_OUTCOME_SUSPENDED: RecipientOutcome
RECIPIENT_OUTCOME_OPTED_OUT: RecipientOutcome
RECIPIENT_OUTCOME_SUPPRESSED: RecipientOutcome

class GetNotificationRequest(_message.Message):
    __slots__ = ("notification_id",)
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    notification_id: str
    def __init__(self, notification_id: _Optional[str] = ...) -> None: ...

class GetNotificationResponse(_message.Message):
    __slots__ = ("notification",)
    NOTIFICATION_FIELD_NUMBER: _ClassVar[int]
    notification: _notification_pb2.Notification
    def __init__(self, notification: _Optional[_Union[_notification_pb2.Notification, _Mapping]] = ...) -> None: ...

class ListNotificationsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "states", "kinds", "user_id", "recipient", "create_time_from", "create_time_before", "batch_id")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    KINDS_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FROM_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_BEFORE_FIELD_NUMBER: _ClassVar[int]
    BATCH_ID_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    states: _containers.RepeatedScalarFieldContainer[_notification_pb2.NotificationState]
    kinds: _containers.RepeatedScalarFieldContainer[_notification_pb2.NotificationKind]
    user_id: str
    recipient: str
    create_time_from: _timestamp_pb2.Timestamp
    create_time_before: _timestamp_pb2.Timestamp
    batch_id: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., states: _Optional[_Iterable[_Union[_notification_pb2.NotificationState, str]]] = ..., kinds: _Optional[_Iterable[_Union[_notification_pb2.NotificationKind, str]]] = ..., user_id: _Optional[str] = ..., recipient: _Optional[str] = ..., create_time_from: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., create_time_before: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., batch_id: _Optional[str] = ...) -> None: ...

class ListNotificationsResponse(_message.Message):
    __slots__ = ("notifications", "next_page_token")
    NOTIFICATIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    notifications: _containers.RepeatedCompositeFieldContainer[_notification_pb2.Notification]
    next_page_token: str
    def __init__(self, notifications: _Optional[_Iterable[_Union[_notification_pb2.Notification, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class WatchNotificationRequest(_message.Message):
    __slots__ = ("notification_id", "resume_token")
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    notification_id: str
    resume_token: str
    def __init__(self, notification_id: _Optional[str] = ..., resume_token: _Optional[str] = ...) -> None: ...

class WatchNotificationResponse(_message.Message):
    __slots__ = ("notification", "resume_token")
    NOTIFICATION_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    notification: _notification_pb2.Notification
    resume_token: str
    def __init__(self, notification: _Optional[_Union[_notification_pb2.Notification, _Mapping]] = ..., resume_token: _Optional[str] = ...) -> None: ...

class RetryNotificationRequest(_message.Message):
    __slots__ = ("request_id", "client", "notification_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    client: _client_context_pb2.ClientContext
    notification_id: str
    def __init__(self, request_id: _Optional[str] = ..., client: _Optional[_Union[_client_context_pb2.ClientContext, _Mapping]] = ..., notification_id: _Optional[str] = ...) -> None: ...

class RetryNotificationResponse(_message.Message):
    __slots__ = ("notification",)
    NOTIFICATION_FIELD_NUMBER: _ClassVar[int]
    notification: _notification_pb2.Notification
    def __init__(self, notification: _Optional[_Union[_notification_pb2.Notification, _Mapping]] = ...) -> None: ...

class CancelNotificationRequest(_message.Message):
    __slots__ = ("request_id", "client", "notification_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    client: _client_context_pb2.ClientContext
    notification_id: str
    def __init__(self, request_id: _Optional[str] = ..., client: _Optional[_Union[_client_context_pb2.ClientContext, _Mapping]] = ..., notification_id: _Optional[str] = ...) -> None: ...

class CancelNotificationResponse(_message.Message):
    __slots__ = ("notification",)
    NOTIFICATION_FIELD_NUMBER: _ClassVar[int]
    notification: _notification_pb2.Notification
    def __init__(self, notification: _Optional[_Union[_notification_pb2.Notification, _Mapping]] = ...) -> None: ...

class NotifyUsersRequest(_message.Message):
    __slots__ = ("request_id", "client", "content", "user_ids", "emails")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    USER_IDS_FIELD_NUMBER: _ClassVar[int]
    EMAILS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    client: _client_context_pb2.ClientContext
    content: _message_content_pb2.MessageContent
    user_ids: _containers.RepeatedScalarFieldContainer[str]
    emails: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, request_id: _Optional[str] = ..., client: _Optional[_Union[_client_context_pb2.ClientContext, _Mapping]] = ..., content: _Optional[_Union[_message_content_pb2.MessageContent, _Mapping]] = ..., user_ids: _Optional[_Iterable[str]] = ..., emails: _Optional[_Iterable[str]] = ...) -> None: ...

class NotifyUsersResponse(_message.Message):
    __slots__ = ("batch_id", "results")
    BATCH_ID_FIELD_NUMBER: _ClassVar[int]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    batch_id: str
    results: _containers.RepeatedCompositeFieldContainer[RecipientResult]
    def __init__(self, batch_id: _Optional[str] = ..., results: _Optional[_Iterable[_Union[RecipientResult, _Mapping]]] = ...) -> None: ...

class RecipientResult(_message.Message):
    __slots__ = ("outcome", "user_id", "notification_id")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    outcome: RecipientOutcome
    user_id: str
    notification_id: str
    def __init__(self, outcome: _Optional[_Union[RecipientOutcome, str]] = ..., user_id: _Optional[str] = ..., notification_id: _Optional[str] = ...) -> None: ...
