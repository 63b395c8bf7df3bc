import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from identity.v1 import authorization_pb2 as _authorization_pb2
from identity.v1 import client_context_pb2 as _client_context_pb2
from identity.v1 import user_pb2 as _user_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PasswordResetMethod(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PASSWORD_RESET_METHOD_UNSPECIFIED: _ClassVar[PasswordResetMethod]
    PASSWORD_RESET_METHOD_LINK: _ClassVar[PasswordResetMethod]
    PASSWORD_RESET_METHOD_CODE: _ClassVar[PasswordResetMethod]
PASSWORD_RESET_METHOD_UNSPECIFIED: PasswordResetMethod
PASSWORD_RESET_METHOD_LINK: PasswordResetMethod
PASSWORD_RESET_METHOD_CODE: PasswordResetMethod

class RegisterUserRequest(_message.Message):
    __slots__ = ("request_id", "client", "email", "password", "password_confirmation", "given_name", "family_name", "user_type", "locale")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_CONFIRMATION_FIELD_NUMBER: _ClassVar[int]
    GIVEN_NAME_FIELD_NUMBER: _ClassVar[int]
    FAMILY_NAME_FIELD_NUMBER: _ClassVar[int]
    USER_TYPE_FIELD_NUMBER: _ClassVar[int]
    LOCALE_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    client: _client_context_pb2.ClientContext
    email: str
    password: str
    password_confirmation: str
    given_name: str
    family_name: str
    user_type: str
    locale: str
    def __init__(self, request_id: _Optional[str] = ..., client: _Optional[_Union[_client_context_pb2.ClientContext, _Mapping]] = ..., email: _Optional[str] = ..., password: _Optional[str] = ..., password_confirmation: _Optional[str] = ..., given_name: _Optional[str] = ..., family_name: _Optional[str] = ..., user_type: _Optional[str] = ..., locale: _Optional[str] = ...) -> None: ...

class RegisterUserResponse(_message.Message):
    __slots__ = ("user_id", "notification_id", "expire_time")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    notification_id: str
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, user_id: _Optional[str] = ..., notification_id: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class VerifyEmailRequest(_message.Message):
    __slots__ = ("request_id", "client", "token", "email_code")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    EMAIL_CODE_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    client: _client_context_pb2.ClientContext
    token: str
    email_code: EmailCode
    def __init__(self, request_id: _Optional[str] = ..., client: _Optional[_Union[_client_context_pb2.ClientContext, _Mapping]] = ..., token: _Optional[str] = ..., email_code: _Optional[_Union[EmailCode, _Mapping]] = ...) -> None: ...

class EmailCode(_message.Message):
    __slots__ = ("email", "code", "user_id")
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    email: str
    code: str
    user_id: str
    def __init__(self, email: _Optional[str] = ..., code: _Optional[str] = ..., user_id: _Optional[str] = ...) -> None: ...

class VerifyEmailResponse(_message.Message):
    __slots__ = ("user", "notification_id")
    USER_FIELD_NUMBER: _ClassVar[int]
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    user: _user_pb2.User
    notification_id: str
    def __init__(self, user: _Optional[_Union[_user_pb2.User, _Mapping]] = ..., notification_id: _Optional[str] = ...) -> None: ...

class ResendEmailVerificationRequest(_message.Message):
    __slots__ = ("request_id", "client", "email", "user_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    client: _client_context_pb2.ClientContext
    email: str
    user_id: str
    def __init__(self, request_id: _Optional[str] = ..., client: _Optional[_Union[_client_context_pb2.ClientContext, _Mapping]] = ..., email: _Optional[str] = ..., user_id: _Optional[str] = ...) -> None: ...

class ResendEmailVerificationResponse(_message.Message):
    __slots__ = ("notification_id", "expire_time")
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    notification_id: str
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, notification_id: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class StartPasswordResetRequest(_message.Message):
    __slots__ = ("request_id", "client", "email", "method")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    client: _client_context_pb2.ClientContext
    email: str
    method: PasswordResetMethod
    def __init__(self, request_id: _Optional[str] = ..., client: _Optional[_Union[_client_context_pb2.ClientContext, _Mapping]] = ..., email: _Optional[str] = ..., method: _Optional[_Union[PasswordResetMethod, str]] = ...) -> None: ...

class StartPasswordResetResponse(_message.Message):
    __slots__ = ("notification_id", "expire_time")
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    notification_id: str
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, notification_id: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ResendPasswordResetRequest(_message.Message):
    __slots__ = ("request_id", "client", "email")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    client: _client_context_pb2.ClientContext
    email: str
    def __init__(self, request_id: _Optional[str] = ..., client: _Optional[_Union[_client_context_pb2.ClientContext, _Mapping]] = ..., email: _Optional[str] = ...) -> None: ...

class ResendPasswordResetResponse(_message.Message):
    __slots__ = ("notification_id", "expire_time")
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    notification_id: str
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, notification_id: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ConfirmPasswordResetRequest(_message.Message):
    __slots__ = ("request_id", "client", "token", "email_code", "new_password")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    EMAIL_CODE_FIELD_NUMBER: _ClassVar[int]
    NEW_PASSWORD_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    client: _client_context_pb2.ClientContext
    token: str
    email_code: PasswordResetCode
    new_password: str
    def __init__(self, request_id: _Optional[str] = ..., client: _Optional[_Union[_client_context_pb2.ClientContext, _Mapping]] = ..., token: _Optional[str] = ..., email_code: _Optional[_Union[PasswordResetCode, _Mapping]] = ..., new_password: _Optional[str] = ...) -> None: ...

class PasswordResetCode(_message.Message):
    __slots__ = ("email", "code")
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    email: str
    code: str
    def __init__(self, email: _Optional[str] = ..., code: _Optional[str] = ...) -> None: ...

class ConfirmPasswordResetResponse(_message.Message):
    __slots__ = ("user", "notification_id")
    USER_FIELD_NUMBER: _ClassVar[int]
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    user: _user_pb2.User
    notification_id: str
    def __init__(self, user: _Optional[_Union[_user_pb2.User, _Mapping]] = ..., notification_id: _Optional[str] = ...) -> None: ...

class ChangePasswordRequest(_message.Message):
    __slots__ = ("request_id", "client", "user_id", "current_password", "new_password", "keep_session_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    CURRENT_PASSWORD_FIELD_NUMBER: _ClassVar[int]
    NEW_PASSWORD_FIELD_NUMBER: _ClassVar[int]
    KEEP_SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    client: _client_context_pb2.ClientContext
    user_id: str
    current_password: str
    new_password: str
    keep_session_id: str
    def __init__(self, request_id: _Optional[str] = ..., client: _Optional[_Union[_client_context_pb2.ClientContext, _Mapping]] = ..., user_id: _Optional[str] = ..., current_password: _Optional[str] = ..., new_password: _Optional[str] = ..., keep_session_id: _Optional[str] = ...) -> None: ...

class ChangePasswordResponse(_message.Message):
    __slots__ = ("notification_id",)
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    notification_id: str
    def __init__(self, notification_id: _Optional[str] = ...) -> None: ...

class DeleteAccountRequest(_message.Message):
    __slots__ = ("request_id", "client", "user_id", "password")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    client: _client_context_pb2.ClientContext
    user_id: str
    password: str
    def __init__(self, request_id: _Optional[str] = ..., client: _Optional[_Union[_client_context_pb2.ClientContext, _Mapping]] = ..., user_id: _Optional[str] = ..., password: _Optional[str] = ...) -> None: ...

class DeleteAccountResponse(_message.Message):
    __slots__ = ("notification_id",)
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    notification_id: str
    def __init__(self, notification_id: _Optional[str] = ...) -> None: ...

class StartEmailChangeRequest(_message.Message):
    __slots__ = ("request_id", "client", "user_id", "password", "new_email")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_FIELD_NUMBER: _ClassVar[int]
    NEW_EMAIL_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    client: _client_context_pb2.ClientContext
    user_id: str
    password: str
    new_email: str
    def __init__(self, request_id: _Optional[str] = ..., client: _Optional[_Union[_client_context_pb2.ClientContext, _Mapping]] = ..., user_id: _Optional[str] = ..., password: _Optional[str] = ..., new_email: _Optional[str] = ...) -> None: ...

class StartEmailChangeResponse(_message.Message):
    __slots__ = ("notification_id", "expire_time")
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    notification_id: str
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, notification_id: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ConfirmEmailChangeRequest(_message.Message):
    __slots__ = ("request_id", "client", "token", "user_code")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    USER_CODE_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    client: _client_context_pb2.ClientContext
    token: str
    user_code: UserCode
    def __init__(self, request_id: _Optional[str] = ..., client: _Optional[_Union[_client_context_pb2.ClientContext, _Mapping]] = ..., token: _Optional[str] = ..., user_code: _Optional[_Union[UserCode, _Mapping]] = ...) -> None: ...

class UserCode(_message.Message):
    __slots__ = ("user_id", "code")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    code: str
    def __init__(self, user_id: _Optional[str] = ..., code: _Optional[str] = ...) -> None: ...

class ConfirmEmailChangeResponse(_message.Message):
    __slots__ = ("user", "notification_id")
    USER_FIELD_NUMBER: _ClassVar[int]
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    user: _user_pb2.User
    notification_id: str
    def __init__(self, user: _Optional[_Union[_user_pb2.User, _Mapping]] = ..., notification_id: _Optional[str] = ...) -> None: ...

class InviteUserRequest(_message.Message):
    __slots__ = ("request_id", "client", "inviter_user_id", "email", "user_type", "locale")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    INVITER_USER_ID_FIELD_NUMBER: _ClassVar[int]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    USER_TYPE_FIELD_NUMBER: _ClassVar[int]
    LOCALE_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    client: _client_context_pb2.ClientContext
    inviter_user_id: str
    email: str
    user_type: str
    locale: str
    def __init__(self, request_id: _Optional[str] = ..., client: _Optional[_Union[_client_context_pb2.ClientContext, _Mapping]] = ..., inviter_user_id: _Optional[str] = ..., email: _Optional[str] = ..., user_type: _Optional[str] = ..., locale: _Optional[str] = ...) -> None: ...

class InviteUserResponse(_message.Message):
    __slots__ = ("invitation_id", "notification_id", "expire_time")
    INVITATION_ID_FIELD_NUMBER: _ClassVar[int]
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    invitation_id: str
    notification_id: str
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, invitation_id: _Optional[str] = ..., notification_id: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class AcceptInvitationRequest(_message.Message):
    __slots__ = ("request_id", "client", "token", "password", "password_confirmation", "given_name", "family_name", "locale")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_CONFIRMATION_FIELD_NUMBER: _ClassVar[int]
    GIVEN_NAME_FIELD_NUMBER: _ClassVar[int]
    FAMILY_NAME_FIELD_NUMBER: _ClassVar[int]
    LOCALE_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    client: _client_context_pb2.ClientContext
    token: str
    password: str
    password_confirmation: str
    given_name: str
    family_name: str
    locale: str
    def __init__(self, request_id: _Optional[str] = ..., client: _Optional[_Union[_client_context_pb2.ClientContext, _Mapping]] = ..., token: _Optional[str] = ..., password: _Optional[str] = ..., password_confirmation: _Optional[str] = ..., given_name: _Optional[str] = ..., family_name: _Optional[str] = ..., locale: _Optional[str] = ...) -> None: ...

class AcceptInvitationResponse(_message.Message):
    __slots__ = ("user", "notification_id")
    USER_FIELD_NUMBER: _ClassVar[int]
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    user: _user_pb2.User
    notification_id: str
    def __init__(self, user: _Optional[_Union[_user_pb2.User, _Mapping]] = ..., notification_id: _Optional[str] = ...) -> None: ...
