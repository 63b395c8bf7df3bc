from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class ClientContext(_message.Message):
    __slots__ = ("ip_address", "user_agent", "locale")
    IP_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    USER_AGENT_FIELD_NUMBER: _ClassVar[int]
    LOCALE_FIELD_NUMBER: _ClassVar[int]
    ip_address: str
    user_agent: str
    locale: str
    def __init__(self, ip_address: _Optional[str] = ..., user_agent: _Optional[str] = ..., locale: _Optional[str] = ...) -> None: ...
