import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from notification.v1 import message_content_pb2 as _message_content_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CampaignState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CAMPAIGN_STATE_UNSPECIFIED: _ClassVar[CampaignState]
    CAMPAIGN_STATE_SCHEDULED: _ClassVar[CampaignState]
    CAMPAIGN_STATE_RUNNING: _ClassVar[CampaignState]
    CAMPAIGN_STATE_PAUSED: _ClassVar[CampaignState]
    CAMPAIGN_STATE_CANCELLED: _ClassVar[CampaignState]
    CAMPAIGN_STATE_FINISHED: _ClassVar[CampaignState]
CAMPAIGN_STATE_UNSPECIFIED: CampaignState
CAMPAIGN_STATE_SCHEDULED: CampaignState
CAMPAIGN_STATE_RUNNING: CampaignState
CAMPAIGN_STATE_PAUSED: CampaignState
CAMPAIGN_STATE_CANCELLED: CampaignState
CAMPAIGN_STATE_FINISHED: CampaignState

class Campaign(_message.Message):
    __slots__ = ("campaign_id", "name", "state", "user_types", "content", "progress", "create_time", "start_time", "finish_time")
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    USER_TYPES_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    FINISH_TIME_FIELD_NUMBER: _ClassVar[int]
    campaign_id: str
    name: str
    state: CampaignState
    user_types: _containers.RepeatedScalarFieldContainer[str]
    content: _message_content_pb2.MessageContent
    progress: CampaignProgress
    create_time: _timestamp_pb2.Timestamp
    start_time: _timestamp_pb2.Timestamp
    finish_time: _timestamp_pb2.Timestamp
    def __init__(self, campaign_id: _Optional[str] = ..., name: _Optional[str] = ..., state: _Optional[_Union[CampaignState, str]] = ..., user_types: _Optional[_Iterable[str]] = ..., content: _Optional[_Union[_message_content_pb2.MessageContent, _Mapping]] = ..., progress: _Optional[_Union[CampaignProgress, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., finish_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CampaignProgress(_message.Message):
    __slots__ = ("expected_count", "recipient_count", "recipients_complete", "waiting_count", "sent_count", "dead_count", "suppressed_count", "cancelled_count")
    EXPECTED_COUNT_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    RECIPIENTS_COMPLETE_FIELD_NUMBER: _ClassVar[int]
    WAITING_COUNT_FIELD_NUMBER: _ClassVar[int]
    SENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    DEAD_COUNT_FIELD_NUMBER: _ClassVar[int]
    SUPPRESSED_COUNT_FIELD_NUMBER: _ClassVar[int]
    CANCELLED_COUNT_FIELD_NUMBER: _ClassVar[int]
    expected_count: int
    recipient_count: int
    recipients_complete: bool
    waiting_count: int
    sent_count: int
    dead_count: int
    suppressed_count: int
    cancelled_count: int
    def __init__(self, expected_count: _Optional[int] = ..., recipient_count: _Optional[int] = ..., recipients_complete: _Optional[bool] = ..., waiting_count: _Optional[int] = ..., sent_count: _Optional[int] = ..., dead_count: _Optional[int] = ..., suppressed_count: _Optional[int] = ..., cancelled_count: _Optional[int] = ...) -> None: ...
