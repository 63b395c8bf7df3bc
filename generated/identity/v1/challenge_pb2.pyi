import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ChallengePurpose(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHALLENGE_PURPOSE_UNSPECIFIED: _ClassVar[ChallengePurpose]
    CHALLENGE_PURPOSE_VERIFY_EMAIL: _ClassVar[ChallengePurpose]
    CHALLENGE_PURPOSE_SIGN_IN: _ClassVar[ChallengePurpose]
    CHALLENGE_PURPOSE_RESET_PASSWORD: _ClassVar[ChallengePurpose]
    CHALLENGE_PURPOSE_CHANGE_EMAIL: _ClassVar[ChallengePurpose]
    CHALLENGE_PURPOSE_INVITATION: _ClassVar[ChallengePurpose]

class ChallengeState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHALLENGE_STATE_UNSPECIFIED: _ClassVar[ChallengeState]
    CHALLENGE_STATE_VALID: _ClassVar[ChallengeState]
    CHALLENGE_STATE_USED: _ClassVar[ChallengeState]
    CHALLENGE_STATE_EXPIRED: _ClassVar[ChallengeState]
CHALLENGE_PURPOSE_UNSPECIFIED: ChallengePurpose
CHALLENGE_PURPOSE_VERIFY_EMAIL: ChallengePurpose
CHALLENGE_PURPOSE_SIGN_IN: ChallengePurpose
CHALLENGE_PURPOSE_RESET_PASSWORD: ChallengePurpose
CHALLENGE_PURPOSE_CHANGE_EMAIL: ChallengePurpose
CHALLENGE_PURPOSE_INVITATION: ChallengePurpose
CHALLENGE_STATE_UNSPECIFIED: ChallengeState
CHALLENGE_STATE_VALID: ChallengeState
CHALLENGE_STATE_USED: ChallengeState
CHALLENGE_STATE_EXPIRED: ChallengeState

class Challenge(_message.Message):
    __slots__ = ("challenge_id", "purpose", "state", "email", "user_id", "subject_id", "decoy", "attempt_count", "max_attempts", "attempts_reset_time", "create_time", "expire_time", "use_time", "remaining_time")
    CHALLENGE_ID_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_ID_FIELD_NUMBER: _ClassVar[int]
    DECOY_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_COUNT_FIELD_NUMBER: _ClassVar[int]
    MAX_ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_RESET_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    USE_TIME_FIELD_NUMBER: _ClassVar[int]
    REMAINING_TIME_FIELD_NUMBER: _ClassVar[int]
    challenge_id: str
    purpose: ChallengePurpose
    state: ChallengeState
    email: str
    user_id: str
    subject_id: str
    decoy: bool
    attempt_count: int
    max_attempts: int
    attempts_reset_time: _timestamp_pb2.Timestamp
    create_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    use_time: _timestamp_pb2.Timestamp
    remaining_time: _duration_pb2.Duration
    def __init__(self, challenge_id: _Optional[str] = ..., purpose: _Optional[_Union[ChallengePurpose, str]] = ..., state: _Optional[_Union[ChallengeState, str]] = ..., email: _Optional[str] = ..., user_id: _Optional[str] = ..., subject_id: _Optional[str] = ..., decoy: _Optional[bool] = ..., attempt_count: _Optional[int] = ..., max_attempts: _Optional[int] = ..., attempts_reset_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., use_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., remaining_time: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...
