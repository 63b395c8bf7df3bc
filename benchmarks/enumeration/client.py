"""A client that says what an outsider sees of an answer: how it looks, and how long it took."""

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import grpc
from identity.v1 import account_service_pb2_grpc, session_service_pb2_grpc
from identity.v1.session_service_pb2 import RequestOtpRequest, SignInRequest
from notification.v1 import notification_service_pb2 as notifications
from notification.v1 import notification_service_pb2_grpc
from notification.v1.notification_pb2 import NOTIFICATION_STATE_QUEUED, NOTIFICATION_STATE_SENDING

from benchmarks.enumeration.people import PASSWORD, user_address
from tests.services.service import reason

_UNDER_WAY = (NOTIFICATION_STATE_QUEUED, NOTIFICATION_STATE_SENDING)
_LOOK_SECONDS = 0.002
_SETTLE_SECONDS = 0.005
_PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class Answer:
    """What an outsider sees of one call."""

    looks: str
    seconds: float


class Client:
    """One connection, one call at a time."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.accounts = account_service_pb2_grpc.AccountServiceStub(channel)
        self.sessions = session_service_pb2_grpc.SessionServiceStub(channel)
        self._numbers = itertools.count()
        self._notifications = notification_service_pb2_grpc.NotificationServiceStub(channel)

    def call(self, rpc: Callable[..., Any], request: Any) -> Answer:
        """Call, and return when also the mail that the call led to is out of the way."""
        began = time.perf_counter()
        try:
            response = rpc(request, timeout=_PATIENCE_SECONDS)
            seconds = time.perf_counter() - began
        except grpc.RpcError as error:
            return Answer(f"{error.code().name} {reason(error)}", time.perf_counter() - began)
        self._wait_for_mail(response.notification_id)
        return Answer(" ".join(field.name for field, _ in response.ListFields()), seconds)

    @cached_property
    def signed_in_user_id(self) -> str:
        """A user who asks about the addresses of others."""
        request = SignInRequest(email=user_address(0), password=PASSWORD)
        return str(self.sessions.SignIn(request, timeout=_PATIENCE_SECONDS).user.user_id)

    def settle(self) -> None:
        """Let what is left of earlier calls pass: a real mail leaves other traces in caches than a decoy."""
        time.sleep(_SETTLE_SECONDS)
        self.call(self.sessions.RequestOtp, RequestOtpRequest(email=f"neither-{next(self._numbers):07}@example.com"))

    def _wait_for_mail(self, notification_id: str) -> None:
        """What is done after one answer must not be measured in the next."""
        request = notifications.GetNotificationRequest(notification_id=notification_id)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while self._notifications.GetNotification(request).notification.state in _UNDER_WAY:
            if time.monotonic() > deadline:
                raise RuntimeError("a mail is not delivered")
            time.sleep(_LOOK_SECONDS)
