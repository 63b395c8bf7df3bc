import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class NotificationKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NOTIFICATION_KIND_UNSPECIFIED: _ClassVar[NotificationKind]
    NOTIFICATION_KIND_VERIFICATION: _ClassVar[NotificationKind]
    NOTIFICATION_KIND_ONE_TIME_CODE: _ClassVar[NotificationKind]
    NOTIFICATION_KIND_RESET_LINK: _ClassVar[NotificationKind]
    NOTIFICATION_KIND_RESET_CODE: _ClassVar[NotificationKind]
    NOTIFICATION_KIND_WELCOME: _ClassVar[NotificationKind]
    NOTIFICATION_KIND_PASSWORD_CHANGED: _ClassVar[NotificationKind]
    NOTIFICATION_KIND_EMAIL_CHANGE: _ClassVar[NotificationKind]
    NOTIFICATION_KIND_EMAIL_CHANGED: _ClassVar[NotificationKind]
    NOTIFICATION_KIND_ACCOUNT_DELETED: _ClassVar[NotificationKind]
    NOTIFICATION_KIND_INVITATION: _ClassVar[NotificationKind]
    NOTIFICATION_KIND_NOTIFICATION: _ClassVar[NotificationKind]
    NOTIFICATION_KIND_ADDRESS_TAKEN: _ClassVar[NotificationKind]

class NotificationQueue(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NOTIFICATION_QUEUE_UNSPECIFIED: _ClassVar[NotificationQueue]
    NOTIFICATION_QUEUE_HIGH: _ClassVar[NotificationQueue]
    NOTIFICATION_QUEUE_NORMAL: _ClassVar[NotificationQueue]
    NOTIFICATION_QUEUE_LOW: _ClassVar[NotificationQueue]

class NotificationState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NOTIFICATION_STATE_UNSPECIFIED: _ClassVar[NotificationState]
    NOTIFICATION_STATE_QUEUED: _ClassVar[NotificationState]
    NOTIFICATION_STATE_SENDING: _ClassVar[NotificationState]
    NOTIFICATION_STATE_SENT: _ClassVar[NotificationState]
    NOTIFICATION_STATE_DEAD: _ClassVar[NotificationState]
    NOTIFICATION_STATE_EXPIRED: _ClassVar[NotificationState]
    NOTIFICATION_STATE_CANCELLED: _ClassVar[NotificationState]
    NOTIFICATION_STATE_SUPPRESSED: _ClassVar[NotificationState]

class DeliveryOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DELIVERY_OUTCOME_UNSPECIFIED: _ClassVar[DeliveryOutcome]
    DELIVERY_OUTCOME_SENT: _ClassVar[DeliveryOutcome]
    DELIVERY_OUTCOME_TRANSIENT_FAILURE: _ClassVar[DeliveryOutcome]
    DELIVERY_OUTCOME_PERMANENT_FAILURE: _ClassVar[DeliveryOutcome]
    DELIVERY_OUTCOME_LOST: _ClassVar[DeliveryOutcome]
    DELIVERY_OUTCOME_USELESS: _ClassVar[DeliveryOutcome]
    DELIVERY_OUTCOME_SUPPRESSED: _ClassVar[DeliveryOutcome]
NOTIFICATION_KIND_UNSPECIFIED: NotificationKind
NOTIFICATION_KIND_VERIFICATION: NotificationKind
NOTIFICATION_KIND_ONE_TIME_CODE: NotificationKind
NOTIFICATION_KIND_RESET_LINK: NotificationKind
NOTIFICATION_KIND_RESET_CODE: NotificationKind
NOTIFICATION_KIND_WELCOME: NotificationKind
NOTIFICATION_KIND_PASSWORD_CHANGED: NotificationKind
NOTIFICATION_KIND_EMAIL_CHANGE: NotificationKind
NOTIFICATION_KIND_EMAIL_CHANGED: NotificationKind
NOTIFICATION_KIND_ACCOUNT_DELETED: NotificationKind
NOTIFICATION_KIND_INVITATION: NotificationKind
NOTIFICATION_KIND_NOTIFICATION: NotificationKind
NOTIFICATION_KIND_ADDRESS_TAKEN: NotificationKind
NOTIFICATION_QUEUE_UNSPECIFIED: NotificationQueue
NOTIFICATION_QUEUE_HIGH: NotificationQueue
NOTIFICATION_QUEUE_NORMAL: NotificationQueue
NOTIFICATION_QUEUE_LOW: NotificationQueue
NOTIFICATION_STATE_UNSPECIFIED: NotificationState
NOTIFICATION_STATE_QUEUED: NotificationState
NOTIFICATION_STATE_SENDING: NotificationState
NOTIFICATION_STATE_SENT: NotificationState
NOTIFICATION_STATE_DEAD: NotificationState
NOTIFICATION_STATE_EXPIRED: NotificationState
NOTIFICATION_STATE_CANCELLED: NotificationState
NOTIFICATION_STATE_SUPPRESSED: NotificationState
DELIVERY_OUTCOME_UNSPECIFIED: DeliveryOutcome
DELIVERY_OUTCOME_SENT: DeliveryOutcome
DELIVERY_OUTCOME_TRANSIENT_FAILURE: DeliveryOutcome
DELIVERY_OUTCOME_PERMANENT_FAILURE: DeliveryOutcome
DELIVERY_OUTCOME_LOST: DeliveryOutcome
DELIVERY_OUTCOME_USELESS: DeliveryOutcome
DELIVERY_OUTCOME_SUPPRESSED: DeliveryOutcome

class Notification(_message.Message):
    __slots__ = ("notification_id", "kind", "queue", "state", "user_id", "recipient", "locale", "attempt_count", "max_attempts", "last_error", "create_time", "next_attempt_time", "expire_time", "sent_time", "message_id", "attempts", "replaced_by_notification_id", "batch_id")
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_FIELD_NUMBER: _ClassVar[int]
    LOCALE_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_COUNT_FIELD_NUMBER: _ClassVar[int]
    MAX_ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    LAST_ERROR_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    NEXT_ATTEMPT_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    SENT_TIME_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    REPLACED_BY_NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    BATCH_ID_FIELD_NUMBER: _ClassVar[int]
    notification_id: str
    kind: NotificationKind
    queue: NotificationQueue
    state: NotificationState
    user_id: str
    recipient: str
    locale: str
    attempt_count: int
    max_attempts: int
    last_error: str
    create_time: _timestamp_pb2.Timestamp
    next_attempt_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    sent_time: _timestamp_pb2.Timestamp
    message_id: str
    attempts: _containers.RepeatedCompositeFieldContainer[DeliveryAttempt]
    replaced_by_notification_id: str
    batch_id: str
    def __init__(self, notification_id: _Optional[str] = ..., kind: _Optional[_Union[NotificationKind, str]] = ..., queue: _Optional[_Union[NotificationQueue, str]] = ..., state: _Optional[_Union[NotificationState, str]] = ..., user_id: _Optional[str] = ..., recipient: _Optional[str] = ..., locale: _Optional[str] = ..., attempt_count: _Optional[int] = ..., max_attempts: _Optional[int] = ..., last_error: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., next_attempt_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., sent_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., message_id: _Optional[str] = ..., attempts: _Optional[_Iterable[_Union[DeliveryAttempt, _Mapping]]] = ..., replaced_by_notification_id: _Optional[str] = ..., batch_id: _Optional[str] = ...) -> None: ...

class DeliveryAttempt(_message.Message):
    __slots__ = ("number", "start_time", "end_time", "outcome", "error")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    number: int
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    outcome: DeliveryOutcome
    error: str
    def __init__(self, number: _Optional[int] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., outcome: _Optional[_Union[DeliveryOutcome, str]] = ..., error: _Optional[str] = ...) -> None: ...
