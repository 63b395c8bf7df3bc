from buf.validate import validate_pb2 as _validate_pb2
from identity.v1 import authorization_pb2 as _authorization_pb2
from identity.v1 import challenge_pb2 as _challenge_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListChallengesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "purpose", "state", "email", "user_id")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    purpose: _challenge_pb2.ChallengePurpose
    state: _challenge_pb2.ChallengeState
    email: str
    user_id: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., purpose: _Optional[_Union[_challenge_pb2.ChallengePurpose, str]] = ..., state: _Optional[_Union[_challenge_pb2.ChallengeState, str]] = ..., email: _Optional[str] = ..., user_id: _Optional[str] = ...) -> None: ...

class ListChallengesResponse(_message.Message):
    __slots__ = ("challenges", "next_page_token")
    CHALLENGES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    challenges: _containers.RepeatedCompositeFieldContainer[_challenge_pb2.Challenge]
    next_page_token: str
    def __init__(self, challenges: _Optional[_Iterable[_Union[_challenge_pb2.Challenge, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
